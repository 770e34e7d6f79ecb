# A virtual library: tgt's changer and tape drives over iSCSI, all inside the guest, so that each is a /dev/sg.
# Sourced by init. Nothing of the machine outside is read: a guest of an ordinary user may not read its /etc/iscsi.
# shellcheck shell=bash

LIBRARY_VENDOR=STK
LIBRARY_PRODUCT=L700
LIBRARY_SERIAL=CHGR0001
DRIVE_VENDOR=IBM
DRIVE_PRODUCT=ULT3580-TD8
DRIVE_SERIALS=(DRV0000001 DRV0000002)
IQN=iqn.2026-01.test.changer:library

# Where a real L700 has them. tgt numbers the LUNs of drives from 1; the changer comes after them.
PICKER_ADDRESS=1
MAIL_ADDRESS=10
MAIL_SLOTS=2
DRIVE_ADDRESS=500
SLOT_ADDRESS=1000
SLOTS=8
DATA_TAPES=(A00001L8 A00002L8 A00003L8 A00004L8) # in slots 1 to 4
CLEANING_TAPE=CLNU01CU                           # in slot 5; slots 6 to 8 and the mail slots are empty
CHANGER_LUN=$((${#DRIVE_SERIALS[@]} + 1))

tgt() {
    tgtadm --lld iscsi "$@"
}

set_params() {
    tgt --mode logicalunit --op update --tid 1 --lun "$1" --params "$2"
}

make_media() {
    local home=$1 barcode
    mkdir -p "$home"
    for barcode in "${DATA_TAPES[@]}"; do
        tgtimg --op new --device-type tape --barcode "$barcode" --size 16 --type data --file "$home/$barcode" &
    done
    tgtimg --op new --device-type tape --barcode "$CLEANING_TAPE" --size 1 --type clean --file "$home/$CLEANING_TAPE" &
    wait
}

start_target() {
    local tries
    tgtd
    for tries in {1..1000}; do
        tgt --mode system --op show >/dev/null 2>&1 && return
        sleep 0.1
    done
    echo "tgtd did not answer in $tries tries" >&2
    return 1
}

make_drives() {
    local home=$1 number lun
    for number in "${!DRIVE_SERIALS[@]}"; do
        lun=$((number + 1))
        # A drive needs a backing file of its own; its cartridge is replaced by the changer's moves.
        tgtimg --op new --device-type tape --barcode "NONE$lun" --size 1 --type data --file "$home/.drive$lun"
        tgt --mode logicalunit --op new --tid 1 --lun "$lun" --backing-store "$home/.drive$lun" --device-type tape
        set_params "$lun" "vendor_id=$DRIVE_VENDOR,product_id=$DRIVE_PRODUCT,scsi_sn=${DRIVE_SERIALS[number]},online=0"
    done
}

make_changer() {
    local home=$1 number
    : >"$home/.changer"
    tgt --mode logicalunit --op new --tid 1 --lun "$CHANGER_LUN" --backing-store "$home/.changer" --device-type changer
    set_params "$CHANGER_LUN" "media_home=$home,vendor_id=$LIBRARY_VENDOR,product_id=$LIBRARY_PRODUCT,scsi_sn=$LIBRARY_SERIAL"
    set_params "$CHANGER_LUN" "element_type=1,start_address=$PICKER_ADDRESS,quantity=1"
    set_params "$CHANGER_LUN" "element_type=4,start_address=$DRIVE_ADDRESS,quantity=${#DRIVE_SERIALS[@]}"
    for number in "${!DRIVE_SERIALS[@]}"; do
        set_params "$CHANGER_LUN" "element_type=4,address=$((DRIVE_ADDRESS + number)),tid=1,lun=$((number + 1))"
    done
    set_params "$CHANGER_LUN" "element_type=2,start_address=$SLOT_ADDRESS,quantity=$SLOTS"
    set_params "$CHANGER_LUN" "element_type=3,start_address=$MAIL_ADDRESS,quantity=$MAIL_SLOTS"
    local slot=0 barcode
    for barcode in "${DATA_TAPES[@]}" "$CLEANING_TAPE"; do
        set_params "$CHANGER_LUN" "element_type=2,address=$((SLOT_ADDRESS + slot)),barcode=$barcode,sides=1"
        slot=$((slot + 1))
    done
}

log_in() {
    mkdir -p /run/lock/iscsi
    echo "InitiatorName=iqn.2026-01.test.changer:initiator" >/etc/iscsi/initiatorname.iscsi
    # A dead tgtd should fail a command soon instead of holding it for two minutes.
    cat >/etc/iscsi/iscsid.conf <<CONF
node.startup = manual
node.session.timeo.replacement_timeout = 15
node.session.initial_login_retry_max = 8
node.session.scan = auto
CONF
    iscsid
    iscsiadm --mode node --op new --targetname "$IQN" --portal 127.0.0.1:3260,1
    iscsiadm --mode node --targetname "$IQN" --portal 127.0.0.1:3260,1 --login
}

make_library() {
    local home=/run/changer-media media
    make_media "$home" &
    media=$!
    start_target
    tgt --mode target --op new --tid 1 --targetname "$IQN"
    wait "$media"
    make_drives "$home"
    make_changer "$home"
    tgt --mode target --op bind --tid 1 --initiator-address ALL
}

# The /dev/sgN of the library, once the kernel has it and udev is done with it.
library_device() {
    local folder type tries
    for tries in {1..1000}; do
        for folder in /sys/class/scsi_generic/sg*; do
            if read -r type 2>/dev/null <"$folder/device/type" && [ "$type" = 8 ]; then
                udevadm settle --timeout=60
                echo "/dev/${folder##*/}"
                return
            fi
        done
        sleep 0.1
    done
    echo "the kernel has no medium changer after $tries tries" >&2
    return 1
}
