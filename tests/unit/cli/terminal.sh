#!/usr/bin/env bash
# What a person at a terminal sees: prompts without echo, bars, and completion by the Tab key in bash, zsh
# and fish, with the names that a real cloud knows.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$T"
"$MICROVISORD" --state "$T/state" >cloud.log 2>&1 &
SERVER_PID=$!
for _ in $(seq 300); do [ -f state/run.json ] && break || sleep 0.1; done
field() { /usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[2]))[sys.argv[1]])' "$1" "$2"; }
url=$(field api_url state/run.json)
account=$(field account_sid state/account.json)
token=$(field auth_token state/account.json)
export TERM=xterm ASAN_OPTIONS=detect_leaks=0

# at_terminal COMMAND… <SCRIPT: see terminal.py; what was shown is in the file "shown".
at_terminal() {
    cat >script
    /usr/bin/python3 "$HERE/terminal.py" script "$@" >shown 2>err || fail "at a terminal: $*"
}

# Logging in asks for what was not given; the token is not shown, and Ctrl-C leaves the terminal in order.
at_terminal bash -c "'$MV' login; stty -a" <<STEPS
expect URL of the cloud: 
type $url\r
expect Account SID: 
type $account\r
expect Auth token: 
echo off
type \x03
echo on
status 130
STEPS
[ ! -e "$HOME/.config" ] || fail "an interrupted login wrote something"
at_terminal "$MV" login <<STEPS
expect URL of the cloud: 
type $url\r
expect Account SID: 
type $account\r
expect Auth token: 
echo off
type $token\r
expect Logged in to $url
status 0
STEPS
! grep -q "$token" shown || fail "the token was shown"
at_terminal "$MV" secrets set wifi <<'STEPS'
expect Value: 
echo off
type hunter2\r
expect Set secret wifi
status 0
STEPS
! grep -q hunter2 shown || fail "a secret was shown"

# A deployment to a device that is away: a bar of the upload, then of the wait; not when nobody looks.
head -c 900000 /dev/urandom >app.bin
"$MV" devices provision --identity-out id.bin --unique-name 'my dev' >/dev/null
"$MV" devices provision --identity-out id2.bin --unique-name other >/dev/null
at_terminal "$MV" deploy app.bin --device other --unique-name first --wait --timeout 2 <<'STEPS'
expect Uploading app.bin
expect [##############################] 100 %
expect Waiting for device
expect [..............................]   0 %  waiting
expect does not run the application yet
status 3
STEPS
"$MV" deploy app.bin --device other --unique-name second --wait --timeout 1 >out 2>err && fail "there is no device"
! grep -q '\[[.#]' out err || fail "a bar without a terminal"

# complete is what the scripts ask. The names are the cloud's.
completes() { # EXPECTED WORDS…
    local expected=$1
    shift
    [ "$("$MV" complete -- "$@" | cut -f 1 | tr '\n' ',')" = "$expected" ] || fail "complete $*"
}
completes 'my dev,other,' devices show ''
completes 'other,' logs o
completes 'first,second,' devices update other --target-app ''
completes '--target-app=first,' devices update other --target-app=f
completes '--role,' keys create --ro
completes 'operate,' keys create --role o
completes 'wifi,' secrets show ''
completes '' secrets show --device other ''
completes 'default,' profiles use ''
completes ':files,' deploy ''
completes ':folders,' login --from ''
completes '' apps:x ''
completes 'bash,' completion b
completes '' frobnicate ''
completes '' devices show other ''
sid=$("$MV" devices show 'my dev' --json | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["sid"])')
completes "$sid," devices show "${sid:0:20}"
[ -z "$(MICROVISOR_URL=http://127.0.0.1:1 "$MV" complete -- devices show '' 2>&1)" ] || fail "no cloud"
[ -z "$(MICROVISOR_AUTH_TOKEN=wrong MICROVISOR_PROFILE=x "$MV" complete -- devices show '' 2>&1)" ] || fail "no login"

# The Tab key itself.
mkdir bin
ln -s "$MV" bin/microvisor
export PATH=$T/bin:$PATH PS1='ready> '
touch zeta.elf
cat >keys <<'STEPS'
expect ready> 
type microvisor dev\tsh\tm\t
expect microvisor devices show my\\ dev
type \x15microvisor logs --typ\tapp\tot\t
expect microvisor logs --type app_logging other
type \x15microvisor deploy ze\t
expect microvisor deploy zeta.elf
type \x15microvisor devices update other --target-app=fi\t
expect --target-app=first
type \x15exit\r
STEPS
"$MV" completion bash >bash.completion
echo "PS1='ready> '; source $T/bash.completion; bind 'set enable-bracketed-paste off'" >bashrc
at_terminal bash --noprofile --rcfile bashrc -i <keys
"$MV" completion zsh >zsh.completion
mkdir zsh
echo "PS1='ready> '; autoload -U compinit; compinit -u; source $T/zsh.completion; unsetopt zle_bracketed_paste" >zsh/.zshrc
ZDOTDIR=$T/zsh at_terminal zsh -i <keys
"$MV" completion fish >fish.completion
fish_completes() { # EXPECTED LINE
    [ "$(fish --no-config -c "source $T/fish.completion; complete -C '$2'" | cut -f 1 | tr '\n' ',')" = "$1" ] ||
        fail "fish completes '$2'"
}
fish_completes 'my dev,other,' 'microvisor devices show '
fish_completes 'devices,' 'microvisor devi'
fish_completes '--target-app=first,' 'microvisor devices update other --target-app=f'
fish_completes 'zeta.elf,' 'microvisor deploy ze'
# As a file in the shells' own folders, where a package installs it.
mkdir -p share/zsh
cp zsh.completion share/zsh/_microvisor
echo "PS1='ready> '; fpath=($T/share/zsh \$fpath); autoload -U compinit; compinit -u" >zsh/.zshrc
ZDOTDIR=$T/zsh at_terminal zsh -i <<'STEPS'
expect ready> 
type microvisor devices show ot\t
expect microvisor devices show other
type \x15exit\r
STEPS
