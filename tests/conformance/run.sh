#!/usr/bin/env bash
# Runs the public ETSI NGSI-LD test suite (Robot Framework) against Michi and sums up the result.
#
#   tests/conformance/run.sh                                     every case below TP/NGSI-LD
#   tests/conformance/run.sh TP/NGSI-LD/ContextSource            one folder; a file works too
#   tests/conformance/run.sh --suite 018_01                      any arguments of robot
#   tests/conformance/run.sh IOP_TP                              the cases for several brokers (five are started)
#   tests/conformance/run.sh --jobs 2                            two processes, each with a broker of its own
#   tests/conformance/run.sh --url http://127.0.0.1:5080/ngsi-ld/v1 …    a broker that runs already
#
# A case deletes what it made, but many list all entities of a type, and some share a fixed id: two runs on one broker disturb each
# other. Jobs therefore never share a broker, and a run starts from an empty one.
#
# Needs Python 3.11 or later, Git and, for the MQTT cases, mosquitto. Results: artifacts/conformance/results.
# Settings, all optional:
#   MICHI_CONFORMANCE_SUITE    folder of the suite; without it the pinned commit is cloned
#   MICHI_CONFORMANCE_PYTHON   python with the suite's libraries; without it they are installed with pip
#   MICHI_CONFORMANCE_PORT     first of the ports used (default 9090; a job takes ten from there, the next job ten more)
#   MICHI_CONFORMANCE_TIMEOUT  seconds after which a case has failed (default 120)
#   MICHI_CONFORMANCE_CORE     the @context the broker holds as its core context
set -euo pipefail

repository=https://github.com/marek-mraz/ngsi-ld-test-suite
commit=5da9091e6b8e63690c6b09e0245b56ca4c4b9152

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
home=$root/artifacts/conformance
results=$home/results
firstPort=${MICHI_CONFORMANCE_PORT:-9090}
core=${MICHI_CONFORMANCE_CORE:-https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld}

url= jobs=1 paths=() options=()
while (($#)); do
    case $1 in
        --url) url=${2%/}; shift ;;
        --jobs) jobs=$2; shift ;;
        -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit ;;
        TP | TP/* | IOP_TP | IOP_TP/*) paths+=("$1") ;;
        *) options+=("$1") ;;
    esac
    shift
done
((${#paths[@]})) || paths=(TP/NGSI-LD)
if [[ -n $url || ${paths[*]} == *IOP_TP* ]]; then jobs=1; fi
mkdir -p "$home"

# The suite and its libraries.
suite=${MICHI_CONFORMANCE_SUITE:-$home/suite}
if [[ -z ${MICHI_CONFORMANCE_SUITE:-} && ! -d $suite/TP ]]; then
    git clone --quiet "$repository" "$suite"
    git -C "$suite" checkout --quiet "$commit"
fi
python=${MICHI_CONFORMANCE_PYTHON:-$home/venv/bin/python}
if [[ -z ${MICHI_CONFORMANCE_PYTHON:-} && ! -x $python ]]; then
    python3 -m venv "$home/venv"
    (cd "$suite" && "$python" -m pip install --quiet --requirement requirements.txt)
fi

work=$(mktemp -d)
running=()
stop() {
    local process
    for process in "${running[@]}"; do kill "$process" 2>/dev/null || true; done
    MICHI_CONFORMANCE_WORK=$work "$here/mqtt/docker" rm
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

# The fixtures name @contexts by the address of a file on GitHub's main branch. A run reads a copy of the suite in which
# these addresses lead to a server on this machine, so that it needs no network and always meets the pinned @contexts.
contextPort=$((firstPort + jobs * 10))
contexts=http://127.0.0.1:$contextPort
brokerAddress() { echo "http://127.0.0.1:$((firstPort + $1 * 10 + $2))"; }
copySuite() { # job, address of the broker
    mkdir -p "$work/$1"
    cp -r "$suite"/{TP,IOP_TP,data,libraries,resources} "$work/$1/"
    grep -rlZE 'raw\.githubusercontent\.com|easy-global-market\.github\.io|fiware\.github\.io|forge\.etsi\.org|localhost:9090' \
        "$work/$1" --include='*.json' --include='*.jsonld' --include='*.geojson' --include='*.robot' --include='*.resource' --include='*.py' |
        xargs -0 sed -i -E \
            -e "s#https://raw\.githubusercontent\.com/marek-mraz/ngsi-ld-test-suite/main/resources/jsonld-contexts#$contexts#g" \
            -e "s#https://easy-global-market\.github\.io/[^\"]*/ngsildTestSuiteV1\.8-compound\.jsonld#$contexts/ngsi-ld-test-suite-compound.jsonld#g" \
            -e "s#https://fiware\.github\.io/[^\"]*/([A-Za-z]+)\.jsonld#$contexts/fiware/\1.jsonld#g" \
            -e "s#https://forge\.etsi\.org/rep/cim/ngsi-ld-test-suite/-/raw/develop/#$contexts/#g" \
            -e "s#http://localhost:9090#$2#g"
    sed -i -E 's#"resources/jsonld-contexts/(ngsi-ld-test-suite-compound\.jsonld)"#"\1"#' "$work/$1/libraries/FederationReset.py"
}

startBroker() { # job, number
    local address log=$results/broker-$1-$2.log program=$root/artifacts/bin/Michi/release/michi.dll
    address=$(brokerAddress "$1" "$2")
    [[ -f $program ]] || { echo "Build first: dotnet build -c Release" >&2; exit 2; }
    # The working directory is empty, so that no settings file of the checkout is read.
    mkdir -p "$work/data-$1-$2"
    (cd "$work/data-$1-$2" && MICHI_CITYOS_ACCESS=open MICHI_CITYOS_HISTORYPAGE=30 exec dotnet "$program" serve \
        --address 127.0.0.1 --port "${address##*:}" --data "$work/data-$1-$2") >"$log" 2>&1 &
    running+=($!)
    for _ in {1..120}; do
        if "$python" "$here/contexts.py" --probe "$address/health/ready"; then return; fi
        kill -0 "${running[-1]}" 2>/dev/null || break
        sleep 0.5
    done
    echo "Michi did not start at $address:" >&2
    tail -n 20 "$log" >&2
    exit 2
}

runJob() { # job, broker URL, then robot's arguments
    local job=$1 broker=$2 port=$((firstPort + $1 * 10)) number others=()
    shift 2
    for number in 1 2 3 4 5; do
        if [[ ${paths[*]} == *IOP_TP* && -z $url ]]; then
            others+=(--variable "b${number}_url:$(brokerAddress 0 $((number - 1)))/ngsi-ld/v1")
        fi
    done
    cd "$work/$job"
    PATH=$here/mqtt:$PATH:/usr/sbin PYTHONPATH=$here:$work/$job/libraries:$work/$job/libraries/robotframework-httpctrl/src \
        MICHI_CONFORMANCE_WORK=$work MICHI_CONFORMANCE_MQTT_PORT=$((port + 8)) NO_PROXY=127.0.0.1,localhost \
        "$python" -m robot --listener "$here/limits.py" --outputdir "$results/$job" --log NONE --report NONE --console dotted --nostatusrc \
        --variable "url:$broker" --variable "temporal_api_url:$broker" --variable "core_context:$core" \
        --variable "ngsild_test_suite_context:$contexts/ngsi-ld-test-suite-compound.jsonld" \
        --variable notification_server_host:127.0.0.1 --variable "notification_server_port:$((port + 5))" \
        --variable context_source_host:127.0.0.1 --variable "context_source_port:$((port + 6))" \
        --variable context_server_host:127.0.0.1 --variable "context_server_port:$((port + 7))" \
        --variable mqtt_broker_host:127.0.0.1 --variable "mqtt_broker_non_default_port:$((port + 8))" \
        "${others[@]}" "${options[@]}" "$@"
}

rm -rf "$results"
mkdir -p "$results"
"$python" "$here/contexts.py" "$contextPort" "$suite/resources/jsonld-contexts" &
running+=($!)
command -v mosquitto >/dev/null || [[ -x /usr/sbin/mosquitto ]] || echo "mosquitto is not installed: the MQTT cases will fail." >&2

brokers=1
[[ ${paths[*]} == *IOP_TP* ]] && brokers=5
for ((job = 0; job < jobs; job++)); do
    if [[ -z $url ]]; then
        for ((number = 0; number < brokers; number++)); do startBroker "$job" "$number"; done
    fi
    address=$(brokerAddress "$job" 0)
    [[ -n $url ]] && address=${url%/ngsi-ld/v1}
    copySuite "$job" "$address"
done

started=$SECONDS
if ((jobs == 1)); then
    runJob 0 "${url:-$(brokerAddress 0 0)/ngsi-ld/v1}" "${paths[@]}"
else
    # The MQTT cases need port 1883 and stay together in the first job; the other files are dealt out in turn.
    (cd "$suite" && find "${paths[@]}" -name '*.robot' | sort) |
        awk -v jobs="$jobs" -v to="$work/files-" '{ n = /\/MQTT\// ? 0 : i++ % jobs; print > (to n) }'
    waiting=()
    for ((job = 0; job < jobs; job++)); do
        [[ -f $work/files-$job ]] || continue
        mapfile -t files <"$work/files-$job"
        (trap - EXIT; runJob "$job" "$(brokerAddress "$job" 0)/ngsi-ld/v1" "${files[@]}") &
        waiting+=($!)
    done
    wait "${waiting[@]}"
fi
echo "Took $((SECONDS - started)) s."
"$python" "$here/summary.py" --failed "$results/failed.tsv" "$results"/*/output.xml
