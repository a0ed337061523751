package org.reprise.itests.rules;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/** What the rules are there to find, one class each, and what they must leave alone. Never run. */
final class Violations {
    private Violations() {
    }

    /** Two calls and a lambda away. */
    static final class ClockBehindALambda {
        private final LongSupplier clock = Library::now;

        long read() {
            return clock.getAsLong();
        }
    }

    /** Behind a virtual call. */
    static final class EnvironmentBehindAnInterface {
        private final Setting setting;

        EnvironmentBehindAnInterface(Setting setting) {
            this.setting = setting;
        }

        String read() {
            return setting.value();
        }
    }

    /** In the static initialiser of a class that is only touched. */
    static final class ThreadInAnInitialiser {
        int read() {
            return Starter.COUNT[0];
        }
    }

    /** The JDK calls back. */
    static final class RandomInAComparator {
        void sort(List<String> list) {
            list.sort(new Shuffler());
        }
    }

    static final class LocaleByDefault {
        String read(long value) {
            return String.format("%d", value);
        }
    }

    static final class IdentityInAText {
        private final Object[] things = {};

        String read() {
            return "things " + things;
        }
    }

    static final class IdentityInAHash {
        int read() {
            return new IdentityInAHash().hashCode();
        }
    }

    static final class IteratesAField {
        private final Map<String, String> map = new HashMap<>();

        List<String> read() {
            List<String> all = new ArrayList<>();
            for (String key : map.keySet()) {
                all.add(key);
            }
            return all;
        }
    }

    static final class GivesAwayALocal {
        List<Object> read() {
            Set<Object> set = new HashSet<>();
            set.add("x");
            Set<Object> other = set;
            return new ArrayList<>(other);
        }
    }

    static final class ReturnsIdentities {
        Map<Object, Object> read() {
            return new IdentityHashMap<>();
        }
    }

    static final class IteratesASaltedConstant {
        private static final Set<String> NAMES = Set.of("a", "b", "c");

        String read() {
            return String.join(",", NAMES);
        }
    }

    static final class OnlyLooksUp {
        private final Map<String, String> map = new HashMap<>();
        private static final Map<String, Integer> NUMBERS = Map.of("a", 1, "b", 2);

        String read(String key) {
            map.put(key, "x");
            return map.get(key) + NUMBERS.get(key);
        }
    }

    static final class NotFinal {
        private static int count;

        int read() {
            return count++;
        }
    }

    static final class WritesAnArray {
        private static final int[] CACHE = new int[4];

        int read(int i) {
            int[] cache = CACHE;
            cache[i]++;
            return cache[i];
        }
    }

    static final class FillsAList {
        private static final List<String> SEEN = new ArrayList<>();

        void see(String s) {
            SEEN.add(s);
        }
    }

    static final class HandsOutAnArray {
        private static final byte[] NAME = {1, 2};

        byte[] read() {
            return NAME;
        }
    }

    static final class HoldsAMutableObject {
        private static final NotFinalObject HOLDER = new NotFinalObject();

        int read() {
            return HOLDER.value++;
        }
    }

    static final class OnlyReads {
        private static final int[] TABLE = {1, 2, 3};
        private static final Set<String> NAMES = Set.of("a", "b");

        int read(int i) {
            return NAMES.contains("a") ? TABLE[i] : TABLE.length;
        }
    }

    static final class NotFinalObject {
        private int value;
    }

    /** What a part may call, in the way that a library would. */
    static final class Library {
        static long now() {
            return later();
        }

        private static long later() {
            return System.nanoTime();
        }
    }

    interface Setting {
        String value();
    }

    static final class FromEnvironment implements Setting {
        @Override
        public String value() {
            return System.getenv("HOME");
        }
    }

    static final class Starter {
        static final int[] COUNT = new int[1];

        static {
            new Thread(() -> COUNT[0]++).start();
        }
    }

    static final class Shuffler implements java.util.Comparator<String> {
        @Override
        public int compare(String a, String b) {
            return Math.random() < 0.5 ? -1 : 1;
        }
    }
}
