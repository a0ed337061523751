package org.reprise.tools.decodetable;

/** The Java names of one run: the decoder's class gives the stem of its companions. */
record Names(String packageName, String decoder, String handler, String registerNames) {

    private String stem() {
        return decoder.endsWith("Decoder") ? decoder.substring(0, decoder.length() - "Decoder".length()) : decoder;
    }

    String fields() {
        return stem() + "Fields";
    }

    String matcher() {
        return stem() + "Matcher";
    }

    String table() {
        return stem() + "Table";
    }

    String rows(int part) {
        return stem() + "TableRows" + part;
    }
}
