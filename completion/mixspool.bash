# bash completion for mixspool(1)

_mixspool()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
	local command=${COMP_WORDS[1]} options word i

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(
			compgen -W 'setup init drain cat once members retry send log report replay forget expire doctor serve stat help' -- "$current")
		return
	fi
	# Behind the -- stands a command with arguments of its own.
	for ((i = 2; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [ "$word" = -- ] &&
			{ [ "$command" = drain ] || [ "$command" = once ]; }; then
			if [ "$((i + 1))" -eq "$COMP_CWORD" ]; then
				mapfile -t COMPREPLY < <(compgen -c -- "$current")
			else
				mapfile -t COMPREPLY < <(compgen -f -- "$current")
			fi
			return
		fi
	done
	case $command:$previous in
	drain:--log)
		mapfile -t COMPREPLY < <(compgen -W syslog -- "$current")
		return
		;;
	setup:--server)
		mapfile -t COMPREPLY < <(compgen -W 'nginx apache2 lighttpd caddy haproxy h2o' -- "$current")
		return
		;;
	serve:-[uw])
		mapfile -t COMPREPLY < <(compgen -u -- "$current")
		return
		;;
	init:-g)
		mapfile -t COMPREPLY < <(compgen -g -- "$current")
		return
		;;
	drain:-n | drain:-t | drain:--skip-after | drain:--pause | once:--again | once:--key | \
		*:--wait | replay:--since | log:--since | \
		expire:--done | expire:--failed | expire:--aside | \
		stat:-[wca] | stat:--silent | stat:--refused)
		return
		;;
	*:--from | send:--state | send:--netrc | send:--cacert | doctor:--netrc | \
		doctor:--cacert | doctor:--socket | stat:--socket | serve:-[fs])
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	send:--first)
		mapfile -t COMPREPLY < <(compgen -W 'members add' -- "$current")
		return
		;;
	send:--page-order)
		mapfile -t COMPREPLY < <(
			compgen -W 'ascending shuffled' -- "$current")
		return
		;;
	send:--where | send:--sample | send:--campaign | send:--watch | \
		send:--cohort | send:--project | \
		send:--repeat | send:--rate | send:--batch | send:--parallel | \
		send:-j | send:--retries | send:--backoff | send:--timeout | \
		send:--user | send:-u | send:--proxy | send:--drop-answers | \
		send:--cut-bodies | send:--duplicate | send:--seed | \
		doctor:--user | doctor:-u | doctor:--timeout)
		return
		;;
	help:*)
		mapfile -t COMPREPLY < <(
			compgen -W 'setup init drain cat once members retry send log stat report replay forget expire doctor serve' -- "$current")
		return
		;;
	esac
	case $command in
	setup) options='--server --root --help' ;;
	serve) options='-d -f -l -s -u -w -h' ;;
	init) options='-g -r --anyway -h' ;;
	drain) options='-n -t --skip-after --pause -k -f -q --log -h --' ;;
	cat) options='--new --failed --aside --done --all --names --from --help' ;;
	once) options='--again --key --profiles --init --help --' ;;
	members) options='--json --csv --count --help' ;;
	report) options='-h' ;;
	replay) options='--since --from --wait --dry-run --help' ;;
	expire) options='--done --failed --aside --wait --dry-run --help' ;;
	forget) options='--from --wait --dry-run --help' ;;
	retry) options='--aside -h' ;;
	send)
		options='--where --sample --campaign --state --cohort --project
			--first --page-order --resume --alert --stream --watch --repeat
			--rate --batch --parallel --retries --backoff --timeout
			--user --netrc --proxy --cacert --insecure
			--drop-answers --cut-bodies --duplicate --seed
			--dry-run --verbose --quiet --json --help'
		;;
	log) options='-f --follow --since --refused --json -h' ;;
	stat) options='--json --prometheus --socket --silent --refused -w -c -a -h' ;;
	doctor)
		options='--user --netrc --cacert --insecure --ipv4 --timeout --socket
			--quiet --json --help'
		;;
	esac
	case $current in
	-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current") ;;
	*)
		# Profiles and states are files, the others' things are folders.
		word=-d
		case $command in send | once | members) word=-f ;; esac
		mapfile -t COMPREPLY < <(compgen "$word" -- "$current")
		;;
	esac
}

complete -o filenames -F _mixspool mixspool
