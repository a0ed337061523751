#!/bin/sh
# /init of the Debian guest: runs as process 1 from the initramfs, under busybox.
export PATH=/bin HOME=/root TERM=vt100 PS1='reprise# '
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
load() {
    for module in "$1"/*.ko; do
        [ ! -f "$module" ] || insmod "$module" || echo "init: cannot load $module"
    done
}
load /lib/modules
hostname reprise
cd /root

# on the kernel's command line: reprise.net asks for a network, reprise.console for a shell on the virtio console
case " $(cat /proc/cmdline) " in
    *" reprise.net "*)
        load /lib/modules/net
        ip link set lo up
        ip link set eth0 up && udhcpc -i eth0 -q -n -t 3 -T 2 -s /etc/dhcp || echo "init: eth0 has no address"
        ;;
esac
case " $(cat /proc/cmdline) " in
    *" reprise.console "*)
        load /lib/modules/console
        while true; do
            setsid sh -c 'exec sh <>/dev/hvc0 >&0 2>&1'
        done &
        ;;
esac
case " $(cat /proc/cmdline) " in
    *" reprise.script=boot-and-poweroff "*)
        echo "Reprise Debian guest: boot and power off"
        dd if=/bin/busybox bs=64k 2>/dev/null | sha256sum
        poweroff -f
        ;;
    *" reprise.script=work "*)
        # sustained work: each tool says when it begins and ends, and what came out
        seq -w 1 400000 >text
        for job in sha256sum:48 gzip:12 sort:8 tar:72; do
            tool=${job%:*}
            round=0
            echo "work: $tool begins"
            while [ "$round" -lt "${job#*:}" ]; do
                case $tool in
                    sha256sum) cat text text text | sha256sum ;;
                    gzip) gzip -c text | gunzip -c | md5sum ;;
                    sort) sort -r text | md5sum ;;
                    tar) tar -cf - -C / bin lib root | tar -xf - -O | md5sum ;;
                esac >result
                round=$((round + 1))
            done
            echo "work: $tool ends $(cut -c1-16 result)"
        done
        poweroff -f
        ;;
    *" reprise.script=io "*)
        # disks and networks: reprise.jobs=NAME:SIZE,... one after the other; reprise.port is a port of the host's loopback
        for word in $(cat /proc/cmdline); do
            case $word in
                reprise.port=*) port=${word#*=} ;;
                reprise.jobs=*) jobs=$(echo "${word#*=}" | tr ',' ' ') ;;
            esac
        done
        for job in $jobs; do
            name=${job%%:*}
            size=${job#*:}
            echo "work: $name begins"
            case $name in
                read) dd if=/dev/vda of=/dev/null bs=1M count="$size" 2>/dev/null ;;
                write) dd if=/dev/zero of=/dev/vda bs=1M count="$size" conv=fsync,notrunc 2>/dev/null ;;
                randread | randread1) iowork randread /dev/vda "$size" $([ "$name" = randread1 ] && echo 1 || echo 8) ;;
                randwrite) iowork randwrite /dev/vda "$size" 8 ;;
                download) iowork get 10.0.2.2 "$port" "$size" ;;
                upload) iowork put 10.0.2.2 "$port" "$size" ;;
                requests) iowork requests 10.0.2.2 "$port" "$size" ;;
                ping) iowork ping 10.0.2.2 "$size" 16 ;;
                ping1) iowork ping 10.0.2.2 "$size" 1 ;;
            esac && echo "work: $name ends well" || echo "work: $name ends badly"
        done
        poweroff -f
        ;;
esac
echo "Reprise Debian guest ready"
while true; do
    setsid cttyhack sh
done
