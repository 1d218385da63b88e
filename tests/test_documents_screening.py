"""Another language is noticed, and English is never taken for one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from stancekit.serving.documents import ReadingOptions
from stancekit.serving.documents.language import LANGUAGES, foreign_language, identified

ROOT = Path(__file__).parent.parent

FOREIGN = {
    "fr": [
        "Les entreprises étrangères restent prudentes.",
        "Pékin ouvre son marché aux sociétés européennes.",
        "Le ministère a annoncé mardi de nouvelles mesures contre les importateurs.",
        "« Nous ne quitterons pas ce pays », a déclaré le directeur de l'usine de Wuhan.",
        "Huawei et ZTE ont été exclus du réseau français, selon une source proche du dossier.",
        (
            "La Commission européenne a ouvert une enquête sur les subventions accordées aux"
            " constructeurs chinois. Les droits de douane pourraient être relevés dès l'été."
        ),
        (
            "Depuis dix ans, le gouvernement consacre des sommes considérables à la recherche. Les"
            " résultats sont inégaux : certaines usines tournent à plein régime, d'autres n'ont"
            " jamais ouvert. Les économistes y voient la preuve qu'un plan n'est pas un marché."
        ),
        (
            "Le New York Times rapportait que la Maison-Blanche préparait un décret. Selon ses"
            " informations, les licences accordées aux fabricants de puces seraient réexaminées."
        ),
    ],
    "de": [
        "Die ausländischen Firmen bleiben vorsichtig.",
        "China verbietet die Ausfuhr von Gallium und Germanium.",
        "Das Ministerium kündigte am Dienstag neue Maßnahmen an.",
        "„Wir verlassen dieses Land nicht“, sagte der Leiter des Werks in Wuhan.",
        "Huawei und ZTE werden vom deutschen Netz ausgeschlossen, heißt es in Berlin.",
        (
            "Seit zehn Jahren gibt die Regierung erhebliche Summen für die Erforschung von"
            " Halbleitern aus. Manche Fabriken sind ausgelastet, andere wurden nie eröffnet."
        ),
        (
            "Die New York Times berichtete in der vergangenen Woche, das Weiße Haus bereite einen"
            " Erlass vor. In Brüssel sorgt man sich um die niederländischen Zulieferer."
        ),
    ],
    "es": [
        "Las empresas extranjeras siguen siendo prudentes.",
        "China prohíbe las exportaciones de galio y germanio.",
        "El ministerio anunció el martes nuevas medidas contra los importadores.",
        "«No nos iremos de este país», dijo el director de la fábrica de Wuhan.",
        "Huawei y ZTE quedan fuera de la red española, según fuentes del gobierno.",
        (
            "La Comisión Europea investiga las ayudas que han recibido los fabricantes chinos"
            " de coches eléctricos. Los aranceles podrían subir este mismo verano."
        ),
        (
            "El New York Times informó la semana pasada de que la Casa Blanca prepara un"
            " decreto. En Bruselas preocupan las consecuencias para los proveedores neerlandeses."
        ),
    ],
    "zh": [
        "商务部周二宣布新规。",
        "中国限制镓的出口。",
        "据知情人士透露，华为（Huawei）和中兴（ZTE）被排除在网络建设之外。",
        "十年来，政府为半导体研究投入了大量资金，成效却参差不齐：有的工厂满负荷运转，有的从未开工。",
    ],
    "ru": [
        "Министерство объявило во вторник о новых мерах.",
        "«Мы не уйдём из этой страны», — сказал директор завода в Ухане.",
        "Компании Huawei и ZTE не допущены к строительству сети, сообщил источник.",
        (
            "Вот уже десять лет правительство тратит значительные средства на исследования."
            " Одни заводы загружены полностью, другие так и не открылись."
        ),
    ],
    "ja": [
        "外国企業は慎重だ。",
        "中国がガリウムの輸出を制限した。",
        "関係者によると、HuaweiとZTEは通信網の整備から除外された。",
        "政府は十年にわたり半導体の研究に多額の資金を投じてきた。成果はまちまちで、フル稼働の工場もある。",
    ],
}
TEXTS = [(code, text) for code, texts in FOREIGN.items() for text in texts]

ENGLISH = [
    "One.",
    "Huawei Technologies",
    "China bans gallium",
    "TARIFFS ON CHIPS ROSE AGAIN",
    "The Ministry of Commerce (商务部) told Huawei (华为技术有限公司) and Xiaomi (小米) to stop.",
    "Le Monde and Die Zeit reported that Société Générale had left.",
    "Volkswagen, Bosch, Siemens, Mercedes-Benz, Deutsche Telekom",
    "Peugeot, Société Générale, Crédit Agricole, Hermès, Électricité de France",
    "Xi Jinping, Li Qiang, Zhao Leji, Wang Huning, Cai Qi, Ding Xuexiang, Li Xi",
    "Zhonghua Renmin Gongheguo Waishang Touzi Fa",
    "Fusion, quantum communication, lithium, gallium, germanium",
    "La Chine interdit les exportations de gallium.",  # too little to be sure
    "",
    "123 😀",
]


@pytest.fixture(scope="module")
def sentences() -> list[str]:
    files = sorted((ROOT / "labels" / "slices").glob("slice-*.jsonl"))
    rows = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]
    return [row["text"] for row in rows]


@pytest.mark.parametrize(("code", "text"), TEXTS)
def test_another_language_is_noticed_and_named(code: str, text: str) -> None:
    named = foreign_language(text, "en")
    assert named == LANGUAGES[code]
    assert foreign_language(text, code) is None


@pytest.mark.parametrize("text", ENGLISH)
def test_english_with_foreign_names_and_what_is_in_doubt_passes(text: str) -> None:
    assert foreign_language(text, "en") is None


def test_no_english_sentence_is_taken_for_another_language(sentences: list[str]) -> None:
    assert len(sentences) == 7391
    assert not [text for text in sentences if foreign_language(text, "en")]
    for path in (ROOT / "seeds").glob("*.txt"):
        assert foreign_language(path.read_text("utf-8"), "en") is None


def test_no_stretch_of_an_english_sentence_is_either(sentences: list[str]) -> None:
    words = [text.split() for text in sentences[::5]]
    stretches = [" ".join(row[n : n + 8]) for row in words for n in range(0, len(row) - 7, 8)]
    assert len(stretches) > 3000
    assert not [text for text in stretches if foreign_language(text, "en")]


def test_the_detector_alone_would_not_be_sure_of_them_either(sentences: list[str]) -> None:
    for text in sentences[::25]:
        best, probabilities = identified(text)
        # Nigerian Pidgin counts as English.
        assert best in ("en", "pcm") or probabilities[best] < 0.7 or probabilities["en"] > 0.02


def test_the_middle_of_a_long_text_is_looked_at_too() -> None:
    french = " ".join(FOREIGN["fr"])
    english = "The firms said that they would stay. " * 60
    assert foreign_language(f"{english}{french * 20}", "en") is None
    assert foreign_language(f"Abc. {french * 20}", "en") == "French"


def test_english_is_foreign_where_another_language_is_expected() -> None:
    text = "The ministry said that exports would need a licence, and that firms had been told."
    assert foreign_language(text, "zh") == "English"
    assert foreign_language(text, "de") == "English"
    assert foreign_language("中国限制镓的出口。外国公司受到影响。", "zh") is None


def test_a_run_on_english_text_does_not_load_the_detector() -> None:
    program = (
        "import sys; from stancekit.serving.documents import ReadingOptions;"
        "from stancekit.serving.documents.language import foreign_language as f;"
        "assert f('The ministry said that it would stay.', 'en') is None;"
        "assert f('中国限制镓的出口。', 'en') == 'Chinese';"
        "print([m for m in sys.modules if m in ('py3langid', 'trafilatura', 'pypdf', 'lxml')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_detector_knows_every_language_that_can_be_expected() -> None:
    _, probabilities = identified("Text.")
    assert set(LANGUAGES) <= set(probabilities)
    assert all(ReadingOptions(language=code) for code in LANGUAGES)
