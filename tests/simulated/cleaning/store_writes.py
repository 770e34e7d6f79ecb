"""The functions of the store by which a library's functions write to it."""

STORE_WRITES = {
    "begin_operation",
    "finish_operation",
    "describe_operation",
    "set_waiting",
    "insert_cleaner",
    "eject_cleaner",
    "count_use",
    "count_no_use",
    "reserve",
    "release",
    "begin_move",
    "finish_move",
    "note_drive",
    "drive_cleaned",
    "replace_drives",
    "forget_drives",
}
