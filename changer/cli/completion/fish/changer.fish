# fish completion for changer, changer-mtx and changer-autochanger.
#
# As changer.fish in a folder of $fish_complete_path, with links of the names of the other programs, fish loads it at
# the first TAB. In one shell: changer completion fish | source

function __changer_complete
    type -q changer; or return
    set -l current (commandline -ct)
    # What may follow is for changer to say.
    set -l answer (changer __complete fish (commandline -opc) "$current" 2>/dev/null)
    if test "$answer[1]" = files
        set -l option (string match -r -- '^--[^=]*=' "$current")
        for file in (__fish_complete_path (string replace -- "$option" '' "$current"))
            echo "$option$file"
        end
    else
        string replace -- ' ' \t $answer[2..]
    end
end

for program in changer changer-mtx changer-autochanger
    complete -c $program -f -a '(__changer_complete)'
end
