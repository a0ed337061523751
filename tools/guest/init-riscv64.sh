#!/bin/sh
# /init of the Debian guest: runs as process 1 from the initramfs, under busybox.
export PATH=/bin HOME=/root TERM=vt100 PS1='reprise# '
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
for module in /lib/modules/*.ko; do
    insmod "$module" || echo "init: cannot load $module"
done
hostname reprise
cd /root

case " $(cat /proc/cmdline) " in
    *" reprise.script=boot-and-poweroff "*)
        echo "Reprise Debian guest: boot and power off"
        dd if=/bin/busybox bs=64k 2>/dev/null | sha256sum
        poweroff -f
        ;;
esac
echo "Reprise Debian guest ready"
while true; do
    setsid cttyhack sh
done
