#!/bin/sh
# What udhcpc of the Debian guest runs for each lease: address, route and name servers of interface $interface.
case $1 in
    deconfig)
        ip addr flush dev "$interface"
        ;;
    bound | renew)
        ip addr flush dev "$interface"
        ip addr add "$ip/${mask:-24}" dev "$interface"
        for gateway in ${router:-}; do
            ip route add default via "$gateway" dev "$interface"
            break
        done
        : >/etc/resolv.conf
        for server in ${dns:-}; do
            echo "nameserver $server" >>/etc/resolv.conf
        done
        echo "init: $interface has address $ip"
        ;;
esac
