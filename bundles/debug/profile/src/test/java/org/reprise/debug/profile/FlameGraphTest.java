package org.reprise.debug.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class FlameGraphTest {
    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    }

    @Test
    void framesAreAsWideAsTheirShareAndLieOnTheirCallers() throws Exception {
        CallTree tree = new CallTree();
        for (int i = 0; i < 75; i++) {
            tree.add(List.of("kernel", "work", i < 50 ? "hash" : "sort"));
        }
        for (int i = 0; i < 25; i++) {
            tree.add(List.of("user", "[unknown]"));
        }
        NodeList groups = parse(FlameGraph.of(tree, "m", 1000)).getElementsByTagName("g");
        double[] hash = null;
        double[] work = null;
        double[] all = null;
        for (int i = 0; i < groups.getLength(); i++) {
            String title = ((Element) groups.item(i)).getElementsByTagName("title").item(0).getTextContent();
            Element rect = (Element) ((Element) groups.item(i)).getElementsByTagName("rect").item(0);
            double[] place = {Double.parseDouble(rect.getAttribute("x")), Double.parseDouble(rect.getAttribute("y")),
                Double.parseDouble(rect.getAttribute("width"))};
            if (title.equals("hash: 50 samples, 50.00 %; itself 50")) {
                hash = place;
            } else if (title.startsWith("work: 75 samples, 75.00 %; itself 0")) {
                work = place;
            } else if (title.startsWith("all: 100 samples")) {
                all = place;
            }
        }
        assertEquals(all[2] * 0.5, hash[2], 1);
        assertEquals(all[2] * 0.75, work[2], 1);
        assertTrue(hash[1] < work[1] && work[1] < all[1] && hash[0] >= work[0] && hash[0] + hash[2] <= work[0] + work[2]);
    }

    @Test
    void hostileNamesGiveWellFormedFiles() throws Exception {
        Random random = new Random(7);
        CallTree tree = new CallTree();
        tree.add(List.of("kernel", "</title><script>alert(1)</script>", "a;b c\nd", "]]>", "\u0000\u0001\uffff", "\ud800",
            "\ud83d\ude00".repeat(40)));
        for (int i = 0; i < 300; i++) {
            StringBuilder name = new StringBuilder();
            for (int j = random.nextInt(30); j >= 0; j--) {
                name.append((char) random.nextInt(random.nextBoolean() ? 128 : 65536));
            }
            tree.add(List.of("user", name.toString()));
        }
        Document svg = parse(FlameGraph.of(tree, "<&\">", 1000));
        assertEquals(0, svg.getElementsByTagName("script").getLength());
        assertEquals("svg", svg.getDocumentElement().getTagName());
        for (String line : FoldedStacks.of(tree).strip().split("\n")) {
            assertTrue(line.matches("(?s)[^ ]+ \\d+"), line);
        }
        assertTrue(FoldedStacks.of(tree).contains(";a:b_c_d;"));
    }

    @Test
    void theOrderOfSamplesDoesNotMatter() {
        List<List<String>> stacks = new ArrayList<>();
        Random random = new Random(8);
        for (int i = 0; i < 500; i++) {
            List<String> stack = new ArrayList<>(List.of("kernel"));
            for (int j = random.nextInt(6); j > 0; j--) {
                stack.add("f" + random.nextInt(5));
            }
            stacks.add(stack);
        }
        String[] first = null;
        for (int i = 0; i < 5; i++) {
            Collections.shuffle(stacks, random);
            CallTree tree = new CallTree();
            stacks.forEach(tree::add);
            String[] files = {FlameGraph.of(tree, "m", 100), FoldedStacks.of(tree)};
            if (first != null) {
                assertEquals(first[0], files[0]);
                assertEquals(first[1], files[1]);
            }
            first = files;
        }
    }

    @Test
    void anEmptyProfileIsAPictureToo() throws Exception {
        assertTrue(FlameGraph.of(new CallTree(), "m", 100).contains("0 samples"));
        assertFalse(parse(FlameGraph.of(new CallTree(), "m", 100)).getDocumentElement().getAttribute("height").isEmpty());
    }
}
