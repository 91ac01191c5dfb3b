#!/bin/sh
# Measures the command lines of lines.txt with the keytools of JDKs:
#
#	measure.sh LEVEL JAVA_HOME ...
#
# and writes LEVEL.txt and LEVEL-help.txt. From the second on LEVEL.txt has what
# differs from the first.
set -e
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../surroundings"
export LC_ALL=C.UTF-8 KT_SECRET=s3cret KT_EMPTY= KT_UTF8=grün
unset JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS KT_NOPE
while [ $# -gt 1 ]; do
	allow=
	[ "$1" = 17 ] && allow=-Djava.security.manager=allow
	"$2/bin/java" $allow --add-opens java.base/sun.security.tools.keytool=ALL-UNNAMED \
		-Duser.language=en -Duser.country= -Duser.home=/home/kt -Dkt.dir=/some/dir -Dkt.empty= -Dfile.encoding=UTF-8 \
		"$here/Measure.java" "$here/lines.txt" "$here/$1" ${base:+"$here/$base.txt"} 2>/dev/null
	base=${base:-$1}
	shift 2
done
