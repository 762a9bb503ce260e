"""What the nodes beside the units say of the evidence that fills them: `used` first, `also` what would do too."""

from tests.unit.stacking.small import ask, item, reason


def filled(answer, path):
    return answer["nodes"][path]["used"], answer["nodes"][path]["also"]


def test_a_part_names_the_best_and_all_that_would_do():
    answer = ask(
        item("generiek", "a", vak="nederlands", niveau="2F", cijfer=6),
        item("generiek", "b", vak="nederlands", niveau="2F", cijfer=9, issuer="school:B"),
        item("vrijstelling", "c", vak="nederlands"),
        item("generiek", "d", vak="nederlands", niveau="1F", cijfer=9),
        item("vrijstelling", "e", vak="rekenen"),
    )
    assert filled(answer, "nederlands") == (["a"], ["c", "b"])
    assert filled(answer, "rekenen") == (["e"], [])
    assert filled(answer, "generiek") == (["a", "e"], [])


def test_generiek_names_nothing_while_it_is_open():
    answer = ask(item("generiek", "a", vak="nederlands", niveau="2F", cijfer=6))
    assert filled(answer, "nederlands") == (["a"], [])
    assert filled(answer, "generiek") == ([], [])


def test_marks_that_are_too_low_together_are_named_where_that_is_said():
    answer = ask(
        item("generiek", "a", vak="nederlands", niveau="2F", cijfer=5),
        item("generiek", "b", vak="rekenen", niveau="mbo-2", cijfer=5),
        item("generiek", "c", vak="rekenen", niveau="mbo-3", cijfer=5),
    )
    assert filled(answer, "generiek") == ([], [])
    assert reason(answer, "GENERIC_MARKS", "generiek") == ["a", "b", "c"]


def test_an_exemption_where_taking_part_is_enough_stands_once():
    answer = ask(item("vrijstelling", "a", vak="nederlands"), crebo="10005")
    assert filled(answer, "nederlands") == (["a"], [])


def test_keuzedelen_name_one_item_for_each_code_and_the_others_beside_it():
    answer = ask(
        item("keuzedeel", "b", code="KX1", sbu=240, cijfer=6),
        item("keuzedeel", "a", code="KX2", sbu=240, cijfer=6, issuer="school:B"),
        item("keuzedeel", "d", code="KX1", sbu=240, cijfer=5),
        item("keuzedeel", "c", code="KX1", sbu=240, cijfer=4),
    )
    assert filled(answer, "keuzedelen") == (["a", "b"], ["c", "d"])
    assert reason(answer, "DUPLICATE_EVIDENCE", "keuzedelen") == ["b", "c", "d"]
    assert reason(answer, "KEUZEDEEL_SBU_SHORT", "keuzedelen") == ["b"]
    assert reason(answer, "EXEMPTION_REQUIRED", "keuzedelen") == ["a"]


def test_bpv_names_the_best_and_the_others():
    answer = ask(
        item("bpv", "a", oordeel="goed", issuer="school:B"),
        item("bpv", "b", oordeel="voldoende"),
        item("bpv", "c", oordeel="onvoldoende"),
    )
    assert filled(answer, "bpv") == (["b"], ["a"])
    assert reason(answer, "DUPLICATE_EVIDENCE", "bpv") is None
