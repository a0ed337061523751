package org.reprise.debug.profile;

/** A line for each stack: frames from the outermost, separated by semicolons, a space, the number of samples; sorted. */
final class FoldedStacks {
    private FoldedStacks() {
    }

    static String of(CallTree tree) {
        StringBuilder text = new StringBuilder();
        for (CallTree.Node child : tree.root().children()) {
            write(child, "", text);
        }
        return text.toString();
    }

    private static void write(CallTree.Node node, String before, StringBuilder text) {
        String stack = before + clean(node.name());
        if (node.own() > 0) {
            text.append(stack).append(' ').append(node.own()).append('\n');
        }
        for (CallTree.Node child : node.children()) {
            write(child, stack + ";", text);
        }
    }

    /** Names come from files that may say anything: what separates frames and lines is replaced. */
    private static String clean(String name) {
        StringBuilder text = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            text.append(c == ';' ? ':' : c <= ' ' || c == 0x7f ? '_' : c);
        }
        return text.toString();
    }
}
