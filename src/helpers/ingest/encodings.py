"""Which encoding bytes that are not UTF-8 look like: a hint for a message or a first source.yaml, never acted upon."""

COMMON = {
    "cp1251": "оеаинтсрвлкмдпуяОЕАИНТСРВЛКМДПУЯіїєґўІЇЄ",
    "koi8-r": "оеаинтсрвлкмдпуяОЕАИНТСРВЛКМДПУЯ",
    "cp866": "оеаинтсрвлкмдпуяОЕАИНТСРВЛКМДПУЯ",
    "cp1252": "éèêàâçùûîïôöüäßñóíáúÉÈÀÇÖÜÄÑ€’–",
    "cp1250": "ąćęłńśźżěščřžýůĄĆĘŁŚŻĚŠČŘŽ",
}


def likely_encoding(content: bytes) -> str:
    """The one of a few encodings whose common letters the bytes beyond ASCII most often are.

    >>> likely_encoding("Иван Петров".encode("cp1251")), likely_encoding("Zoé Müller".encode("latin-1"))
    ('cp1251', 'cp1252')
    """
    high = bytes(byte for byte in content[:100_000] if byte > 127)
    found = {name: sum(letter in common for letter in high.decode(name, "ignore")) for name, common in COMMON.items()}
    return max(found, key=found.get)
