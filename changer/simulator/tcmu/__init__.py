"""A virtual library as a device of the Linux kernel: /dev/sg, /dev/sch, /dev/st.

The kernel's own target modules do it: target_core_user hands the commands of a device to this
process, tcm_loop shows the device on this host. facts/kernel-lane.md, last section.
"""
