# bash completion for mixspool(1)

_mixspool()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
	local command=${COMP_WORDS[1]} options word i

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(
			compgen -W 'init drain retry stat help' -- "$current")
		return
	fi
	# Behind the -- stands a command with arguments of its own.
	for ((i = 2; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [ "$command" = drain ] && [ "$word" = -- ]; then
			if [ "$((i + 1))" -eq "$COMP_CWORD" ]; then
				mapfile -t COMPREPLY < <(compgen -c -- "$current")
			else
				mapfile -t COMPREPLY < <(compgen -f -- "$current")
			fi
			return
		fi
	done
	case $command:$previous in
	init:-g)
		mapfile -t COMPREPLY < <(compgen -g -- "$current")
		return
		;;
	drain:-n | drain:-t | stat:-w | stat:-c) return ;;
	help:*)
		mapfile -t COMPREPLY < <(
			compgen -W 'init drain retry stat' -- "$current")
		return
		;;
	esac
	case $command in
	init) options='-g -r -h' ;;
	drain) options='-n -t -k -f -q -h --' ;;
	retry) options='-h' ;;
	stat) options='--json --prometheus -w -c -h' ;;
	esac
	case $current in
	-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current") ;;
	*) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
	esac
}

complete -o filenames -F _mixspool mixspool
