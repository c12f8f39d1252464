"""Given and family names in many scripts, each with the Latin spelling that its bearer would use in an e-mail address.

The people are invented: names are drawn at random from these lists. A row is ``culture: given names / family names``, a name is
``spelling=latin`` or, where both are the same, just ``spelling``: its lower case is taken.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """``written`` is how the person writes it, ``latin`` its ASCII form for addresses."""

    written: str
    latin: str


@dataclass(frozen=True, slots=True)
class Culture:
    """``weight`` says how often it is drawn, compared with the others."""

    script: str
    given: tuple[Name, ...]
    family: tuple[Name, ...]
    weight: int = 1


def _names(text: str) -> tuple[Name, ...]:
    pairs = [name.partition("=") for name in text.split()]
    return tuple(Name(written, latin or written.lower()) for written, _, latin in pairs)


def _culture(script: str, weight: int, given: str, family: str) -> Culture:
    return Culture(script, _names(given), _names(family), weight)


CULTURES: tuple[Culture, ...] = (
    _culture(
        "Latin",
        6,
        "Alice Arthur Beatrice Callum Daisy Edmund Fern Gareth Harriet Isla Jasper Keira Lewis Maeve Nathan Orla Phoebe Rowan Seren Tobias",
        "Ashworth Bramley Calloway Dunmore Eastwick Fairley Garside Hollins Inglewood Kershaw Lonsdale Marwood Netherby Oakden Pickering "
        "Ravensdale Stanmore Thornbury Wetherby O'Rourke=orourke",
    ),
    _culture(
        "Latin",
        6,
        "Jörg=joerg Käthe=kaethe Götz=goetz Änne=aenne Björn=bjoern Lena Matthias Sieglinde Ulrike Wolfram Frieda Anselm Hannelore Lutz Ottilie",
        "Müller=mueller Schröter=schroeter Weiß=weiss Kühn=kuehn Böttcher=boettcher Großmann=grossmann Ahrends Falkenhagen Hövel=hoevel "
        "Lindenau Rübsam=ruebsam Strauß=strauss Tiefensee Vogelsang Zöllner=zoellner",
    ),
    _culture(
        "Latin",
        4,
        "Bjørn=bjorn Åse=aase Øyvind=oyvind Sølvi=solvi Maja Lars Torbjørg=torbjorg Gunnhild Håkon=haakon Ingrid Sindre Þóra=thora Æsa=aesa",
        "Nygård=nygaard Lindqvist Sæther=saether Ødegård=odegaard Bråten=braaten Strømme=stromme Guðmundsdóttir=gudmundsdottir Hægstad=haegstad "
        "Sjöberg=sjoberg Åkesson=aakesson Torvik Fjellheim",
    ),
    _culture(
        "Latin",
        4,
        "João=joao Inês=ines Conceição=conceicao Simão=simao Ximena Íñigo=inigo Begoña=begona Álvaro=alvaro Lúcia=lucia Gonçalo=goncalo Nuria Mateo",
        "Gonçalves=goncalves Araújo=araujo Brandão=brandao Muñoz=munoz Ibáñez=ibanez Zúñiga=zuniga Peñalver=penalver Sequeira Falcão=falcao "
        "Quiñones=quinones Teixeira Valdés=valdes",
    ),
    _culture(
        "Latin",
        4,
        "Łukasz=lukasz Zofia Tomasz Žofie=zofie Jiří=jiri Kateřina=katerina Szczepan Bożena=bozena Ľubomír=lubomir Živa=ziva Đorđe=djordje Ştefan=stefan",
        "Zięba=zieba Wójcik=wojcik Kołodziej=kolodziej Dvořák=dvorak Šimůnek=simunek Říha=riha Krčmář=krcmar Gombár=gombar Petković=petkovic "
        "Țepeneag=tepeneag Świątek=swiatek Hájková=hajkova",
    ),
    _culture(
        "Latin",
        3,
        "Gülşen=gulsen Çağla=cagla İbrahim=ibrahim Işıl=isil Özgür=ozgur Şükrü=sukru Anaïs=anais Zoé=zoe Noël=noel Mátyás=matyas Zsófia=zsofia Előd=elod",
        "Yıldız=yildiz Öztürk=ozturk Çelik=celik Güneş=gunes Lefèvre=lefevre Bérangère=berangere Szőke=szoke Kőszegi=koszegi D'Arbois=darbois "
        "Tóth=toth Karadağ=karadag Delaunay",
    ),
    _culture(
        "Latin",
        3,
        "Ifeoma Chukwuemeka Adébáyọ̀=adebayo Ọlá=ola Thandiwe Sipho Wanjirũ=wanjiru Kwabena Nguyệt=nguyet Đức=duc Trâm=tram Hữu=huu",
        "Okafor Ṣóyínká=soyinka Ọ̀ṣun=osun Dlamini Mthembu Kĩmani=kimani Asante Trần=tran Lê=le Phạm=pham Đặng=dang Võ=vo",
    ),
    _culture(
        "Cyrillic",
        3,
        "Анна=anna Дмитрий=dmitri Соломія=solomiia Тарас=taras Милица=milica Ђурађ=djuradj Боряна=boryana Святослав=sviatoslav Алёна=alena Їжак=yizhak "
        "Мирослава=myroslava Ёлка=yolka",
        "Ковальчук=kovalchuk Щербина=shcherbyna Орлов=orlov Ґалаґан=galagan Јовановић=jovanovic Димитров=dimitrov Лебедева=lebedeva Чорновіл=chornovil "
        "Њежић=njezic Зорина=zorina",
    ),
    _culture(
        "Greek",
        2,
        "Ελένη=eleni Γιώργος=giorgos Αθηνά=athina Σπύρος=spyros Ζωή=zoi Θάνος=thanos Μυρτώ=myrto Όλγα=olga",
        "Παπαδάκης=papadakis Κωνσταντίνου=konstantinou Ξένου=xenou Ψαράς=psaras Ιωαννίδης=ioannidis Φωτίου=fotiou Χατζή=chatzi Βλάχος=vlachos",
    ),
    _culture(
        "Arabic",
        2,
        "ليلى=layla عمر=omar نور=nour يوسف=yousef مريم=maryam خالد=khaled سلمى=salma زياد=ziad فرح=farah پریسا=parisa",
        "الحداد=alhaddad منصور=mansour النجار=alnajjar قاسم=qasim العطار=alattar شاهین=shahin بركات=barakat خليل=khalil دیوان=divan زیتون=zaytoun",
    ),
    _culture(
        "Hebrew",
        1,
        "נועה=noa איתי=itai תמר=tamar אורי=uri שירה=shira יונתן=yonatan",
        "אלמוג=almog ברקת=bareket גולן=golan הדס=hadas ציפורי=tzipori שקד=shaked",
    ),
    _culture(
        "Devanagari",
        2,
        "प्रिया=priya अर्जुन=arjun मीरा=meera रोहन=rohan काव्या=kavya विक्रम=vikram अनन्या=ananya देव=dev",
        "रमन=raman जोशी=joshi कुलकर्णी=kulkarni नायर=nair शर्मा=sharma देशपांडे=deshpande वर्मा=varma गुप्ता=gupta",
    ),
    _culture(
        "Tamil and Bengali",
        1,
        "கவிதா=kavitha முருகன்=murugan அருண்=arun সুমন=suman অনিতা=anita রবীন=robin",
        "செல்வம்=selvam நடராஜன்=natarajan சேன=sena চৌধুরী=chowdhury দাশ=dash সরকার=sarkar",
    ),
    _culture(
        "Han",
        3,
        "偉=wei 芳=fang 静=jing 磊=lei 秀英=xiuying 雨桐=yutong 子轩=zixuan 志明=zhiming 淑芬=shufen 𠮷雄=yoshio",
        "王=wang 陳=chen 歐陽=ouyang 諸葛=zhuge 林=lin 黄=huang 趙=zhao 馮=feng 龔=gong 司徒=szeto",
    ),
    _culture(
        "Kana and kanji",
        2,
        "さくら=sakura 健太=kenta ユリ=yuri 悠真=yuma 美咲=misaki 大輔=daisuke あおい=aoi レイ=rei",
        "佐々木=sasaki 髙橋=takahashi 渡邉=watanabe 小鳥遊=takanashi 伊藤=ito 山﨑=yamazaki ソト=soto 森=mori",
    ),
    _culture(
        "Hangul",
        2,
        "지우=jiwoo 서연=seoyeon 민준=minjun 하은=haeun 도윤=doyun 수빈=subin 예준=yejun 채원=chaewon",
        "김=kim 박=park 황보=hwangbo 최=choi 정=jung 남궁=namgung 윤=yoon 제갈=jegal",
    ),
    _culture(
        "Thai",
        1,
        "สมชาย=somchai อรุณี=arunee กมล=kamon ปรีชา=preecha วิภา=wipa นที=natee",
        "แสงทอง=saengthong ใจดี=jaidee ศรีสุข=srisuk วงศ์ใหญ่=wongyai บุญมา=boonma น้ำทิพย์=namthip",
    ),
    _culture(
        "Ethiopic",
        1,
        "ሰላም=selam ዳዊት=dawit ህይወት=hiwot አበበ=abebe ማርታ=marta ተስፋዬ=tesfaye",
        "ገብረማርያም=gebremariam ወልደ=wolde ተክሌ=tekle መንግስቱ=mengistu ለማ=lemma ደስታ=desta",
    ),
    _culture(
        "Georgian and Armenian",
        1,
        "ნინო=nino გიორგი=giorgi თამარ=tamar Անի=ani Արամ=aram Նարե=nare",
        "ბერიძე=beridze კაპანაძე=kapanadze ლომიძე=lomidze Պետրոսյան=petrosyan Գրիգորյան=grigoryan Սարգսյան=sargsyan",
    ),
)
