package org.reprise.core.snapshot.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random saving, deleting, holding, giving up and opening again, compared with maps in memory. */
class StoreModelTest {
    private static final int STEPS = 150;
    private static final String[] SPACES = {"ram", "drive.a", "drive.b"};

    private static final int CONTENTS = 400;
    private static final byte[][] PAGES = LongStream.range(0, CONTENTS).mapToObj(Pages::page).toArray(byte[][]::new);

    @TempDir
    Path folder;

    private record Model(long icount, Map<String, Map<Integer, Long>> spaces) {
        Model copy(long newCount) {
            Map<String, Map<Integer, Long>> all = new TreeMap<>();
            spaces.forEach((s, p) -> all.put(s, new TreeMap<>(p)));
            return new Model(newCount, all);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theStoreIsAsTheModel(long seed) throws IOException {
        Random random = new Random(seed);
        Map<Long, Model> model = new TreeMap<>();
        Map<Tables, Model> held = new HashMap<>();
        SnapshotStore store = Pages.open(folder);
        try {
            for (int step = 0; step < STEPS; step++) {
                String at = "seed " + seed + ", step " + step;
                int what = random.nextInt(20);
                if (what < 11 || model.isEmpty()) {
                    save(random, store, model, what < 9);
                } else if (what < 15) {
                    long id = any(random, model);
                    store.delete(id);
                    model.remove(id);
                } else if (what < 17) {
                    long id = any(random, model);
                    held.put(store.tables(id), model.get(id));
                } else if (what < 18) {
                    held.forEach((tables, expected) -> check(at, tables.store(), tables, expected));
                    held.keySet().forEach(Tables::close);
                    held.clear();
                } else if (what < 19) {
                    store.compact(200);
                } else {
                    held.keySet().forEach(Tables::close);
                    held.clear();
                    store.close();
                    store = Pages.open(folder);
                }
                assertEquals(List.copyOf(model.keySet()), store.list().stream().map(StoredSnapshot::id).sorted().toList(), at);
                check(at, store, any(random, model), model);
            }
            for (long id : model.keySet()) {
                check("at the end", store, id, model);
                assertEquals("", store.verify(id).damage());
            }
        } finally {
            store.close();
        }
    }


    private static long any(Random random, Map<Long, Model> model) {
        return model.isEmpty() ? 0 : new ArrayList<>(model.keySet()).get(random.nextInt(model.size()));
    }

    private static void save(Random random, SnapshotStore store, Map<Long, Model> model, boolean commit) throws IOException {
        long base = random.nextInt(4) == 0 ? 0 : any(random, model);
        long icount = random.nextInt(1_000_000);
        Model next = base == 0 ? new Model(icount, new TreeMap<>()) : model.get(base).copy(icount);
        try (Tables tables = base == 0 ? null : store.tables(base); SnapshotWriter writer = store.begin(tables)) {
            for (int n = random.nextInt(300); n > 0; n--) {
                String space = SPACES[random.nextInt(SPACES.length)];
                int page = random.nextInt(3) == 0 ? random.nextInt(1 << 24) : random.nextInt(2000);
                if (random.nextInt(10) == 0) {
                    writer.clear(space, page);
                    next.spaces.computeIfAbsent(space, s -> new TreeMap<>()).remove(page);
                } else {
                    long content = random.nextInt(CONTENTS);
                    writer.put(space, page, Pages.page(content));
                    next.spaces.computeIfAbsent(space, s -> new TreeMap<>()).put(page, content);
                }
            }
            if (commit) {
                model.put(writer.commit(Pages.image(icount, (int) icount / 100), "", Map.of()).id(), next);
            }
        }
    }

    private static void check(String at, SnapshotStore store, long id, Map<Long, Model> model) throws IOException {
        if (id != 0) {
            Model m = model.get(id);
            assertArrayEquals(Pages.image(m.icount, (int) m.icount / 100).state(), store.image(id).state(), at);
            try (Tables tables = store.tables(id)) {
                check(at, store, tables, m);
            }
        }
    }

    private static void check(String at, SnapshotStore store, Tables tables, Model model) {
        byte[] page = new byte[4096];
        for (String space : SPACES) {
            Map<Integer, Long> expected = model.spaces.getOrDefault(space, Map.of());
            int[] written = tables.table(space).different(PageTable.EMPTY);
            assertArrayEquals(expected.keySet().stream().mapToInt(i -> i).toArray(), written, at + ", " + space);
            for (int i : written) {
                try {
                    store.read(tables.table(space).id(i), page);
                } catch (IOException e) {
                    throw new AssertionError(at, e);
                }
                assertArrayEquals(PAGES[(int) (long) expected.get(i)], page, at + ", " + space + " page " + i);
            }
        }
    }
}
