#!/bin/sh
# Installs or removes the systemd service: `make install-service`, `make uninstall-service`.
# PREFIX is where the program goes, DESTDIR a folder that stands for / (to look, or to build a package).
set -eu
cd "$(dirname "$0")/.."

PREFIX=${PREFIX:-/opt/repwatch}
DESTDIR=${DESTDIR:-}
PYTHON=${PYTHON:-python3}
PROGRAM=$DESTDIR$PREFIX
SETTINGS=$DESTDIR/etc/repwatch
UNIT=$DESTDIR/etc/systemd/system/repwatch.service

fail() {
    echo "repwatch: $1" >&2
    exit 1
}

must_be_allowed() {
    case $PREFIX in
    /*/*) ;;
    *) fail "PREFIX=$PREFIX is no folder of its own; write it like /opt/repwatch" ;;
    esac
    [ -n "$DESTDIR" ] || [ "$(id -u)" -eq 0 ] || fail "only root may do that; use sudo, or name a DESTDIR"
}

# The unit hides the homes from the daemon, and with them a Python that lives there.
must_be_seen() {
    base=$("$PYTHON" -c 'import sys; print(sys.base_prefix)')
    case $base/ in
    "$HOME"/* | ~root/* | /home/* | /run/user/*) fail "the service cannot see the Python in $base; name another: PYTHON=..." ;;
    esac
}

install_program() {
    clear=''
    if [ -e "$PROGRAM/pyvenv.cfg" ]; then
        clear=--clear # it may have been made by another Python, and a mixture of two runs nowhere
    fi
    "$PYTHON" -m venv $clear "$PROGRAM"
    set -- "$PROGRAM/bin/python" -m pip install --quiet --disable-pip-version-check
    "$@" --require-hashes -r requirements/repwatch.txt
    "$@" --no-build-isolation --no-deps --force-reinstall .
    [ -z "$DESTDIR" ] || sed -i "1,2s|$PROGRAM|$PREFIX|" "$PROGRAM"/bin/repwatch
}

install_unit() {
    mkdir -p "$(dirname "$UNIT")"
    sed "s|/opt/repwatch/|$PREFIX/|" config/repwatch.service >"$UNIT"
    chmod 644 "$UNIT"
}

# What is there stays as it is.
install_settings() {
    mkdir -p "$SETTINGS"
    chmod 750 "$SETTINGS"
    cp config/repwatch.schema.json "$SETTINGS"
    [ -e "$SETTINGS/repwatch.yaml" ] || sed \
        -e 's|^database: .*|database: sqlite:////var/lib/repwatch/repwatch.db|' \
        -e 's|password: env:.*|password: credential:smtp-password|' \
        config/repwatch.example.yaml >"$SETTINGS/repwatch.yaml"
    chmod 640 "$SETTINGS/repwatch.yaml"
}

make_owner() {
    getent passwd repwatch >/dev/null || useradd --system --user-group --no-create-home \
        --home-dir /var/lib/repwatch --shell /usr/sbin/nologin repwatch
    chgrp -R repwatch "$SETTINGS"
}

# Where no systemd runs, as in a container that is being built, there is nobody to tell.
tell_manager() {
    [ -d /run/systemd/system ] || return 0
    systemctl "$@"
}

install_service() {
    umask 022
    [ -n "$DESTDIR" ] || must_be_seen
    install_program
    install_unit
    install_settings
    if [ -z "$DESTDIR" ]; then
        make_owner
        tell_manager daemon-reload
    fi
    cat <<END
Installed. Next:
1. Say whom to watch, and where to send reports: /etc/repwatch/repwatch.yaml
2. Mail password: install -Dm 600 /dev/stdin /etc/credstore/repwatch.smtp-password
   (type it, Enter, Ctrl-D; without one, remove user: and password: from the YAML)
3. systemctl enable --now repwatch; then: $PREFIX/bin/repwatch health
END
}

uninstall_service() {
    if [ -z "$DESTDIR" ]; then
        tell_manager disable --now repwatch.service || true # it may never have been enabled
    fi
    rm -f "$UNIT"
    if [ -e "$PROGRAM/pyvenv.cfg" ] && [ -e "$PROGRAM/bin/repwatch" ]; then
        rm -rf "$PROGRAM"
    fi
    if [ -z "$DESTDIR" ]; then
        tell_manager daemon-reload
    fi
    cat <<END
Removed. What you wrote and what was found is still there; to remove that too:
   rm -rf /etc/repwatch /etc/credstore/repwatch.* /var/lib/repwatch; userdel repwatch
END
}

must_be_allowed
case ${1:-} in
install) install_service ;;
uninstall) uninstall_service ;;
*) fail "usage: $0 install|uninstall" ;;
esac
