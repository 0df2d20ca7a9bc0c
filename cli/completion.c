// completion: scripts for shells. They ask `microvisor complete` (complete.h), so that all shells
// complete alike and the table of commands is in one place.
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"

// The words are put together again where bash cut them at '=' and ':'; what stands before the last
// cut is taken off the candidates.
static const char bash_script[] =
    "# bash completion for microvisor\n"
    "_microvisor() {\n"
    "    local program=${COMP_WORDS[0]/#\\~/$HOME} words=() word glued= cut= line i reply=()\n"
    "    for ((i = 1; i <= COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ $word == [=:] && ${#words[@]} -gt 0 ]]; then\n"
    "            words[-1]+=$word glued=1 cut=${words[-1]}\n"
    "        elif [[ -n $glued ]]; then\n"
    "            words[-1]+=$word glued=\n"
    "        else\n"
    "            words+=(\"$word\") cut=\n"
    "        fi\n"
    "    done\n"
    "    for i in \"${!words[@]}\"; do\n"
    "        word=${words[i]//\\\\/}\n"
    "        words[i]=${word#[\\\"\\']}\n"
    "    done\n"
    "    word=${COMP_WORDS[COMP_CWORD]}\n"
    "    [[ $word != [=:] ]] || word=\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r line; do\n"
    "        case $line in\n"
    "        :files) compopt -o filenames; mapfile -t reply < <(compgen -f -- \"$word\") ;;\n"
    "        :folders) compopt -o filenames; mapfile -t reply < <(compgen -d -- \"$word\") ;;\n"
    "        *)\n"
    "            line=${line%%$'\\t'*}\n"
    "            [[ -z $cut ]] || line=${line#\"${cut//\\\\/}\"}\n"
    "            [[ $word == [\\\"\\']* ]] || printf -v line %q \"$line\"\n"
    "            reply+=(\"$line\")\n"
    "            ;;\n"
    "        esac\n"
    "    done < <(command \"$program\" complete -- \"${words[@]}\" 2>/dev/null)\n"
    "    COMPREPLY=(\"${reply[@]}\")\n"
    "}\n"
    "complete -F _microvisor microvisor\n";

static const char zsh_script[] =
    "#compdef microvisor\n"
    "_microvisor() {\n"
    "    local -a found\n"
    "    local line\n"
    "    for line in \"${(@f)$(command ${~words[1]} complete -- \"${(@Q)words[2,CURRENT]}\" "
    "2>/dev/null)}\"; do\n"
    "        case $line in\n"
    "        :files) _files; return ;;\n"
    "        :folders) _files -/; return ;;\n"
    "        '') ;;\n"
    "        *$'\\t'*) found+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
    "        *) found+=(\"${line//:/\\\\:}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    _describe -t microvisor microvisor found\n"
    "}\n"
    "if [[ $funcstack[1] == _microvisor ]]; then\n"
    "    _microvisor \"$@\"\n"
    "else\n"
    "    compdef _microvisor microvisor\n"
    "fi\n";

static const char fish_script[] =
    "# fish completion for microvisor\n"
    "function __microvisor_complete\n"
    "    set -l words (commandline -opc)\n"
    "    set -l program $words[1]\n"
    "    set -l current (commandline -ct | string unescape)\n"
    "    for line in (command $program complete -- $words[2..-1] \"$current\" 2>/dev/null)\n"
    "        switch $line\n"
    "            case :files\n"
    "                __fish_complete_path $current\n"
    "            case :folders\n"
    "                __fish_complete_directories $current\n"
    "            case '*'\n"
    "                echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c microvisor -f -a '(__microvisor_complete)'\n";

int command_completion(struct cli *cli)
{
    static const struct {
        const char *shell, *script;
    } scripts[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};
    const char *shell = cli_argument(cli, 0) == NULL ? "bash" : cli_argument(cli, 0);
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        if (strcmp(shell, scripts[i].shell) == 0) {
            fputs(scripts[i].script, stdout);
            return CLI_OK;
        }
    }
    return out_fail(cli, CLI_USAGE, "usage", "there are scripts for bash, zsh and fish",
                    "usage: there is no completion for '%s'", shell);
}
