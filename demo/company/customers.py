"""The 120 customers of the demo company: one row each.

Every name is invented. A row says where the customer is, its industry, which
company of the group sells to it (`E` Europe, `S` Shanghai, `ES` both), in which
currency, on which payment term, how much it buys and how it pays. A habit that
begins with `story-` has its own behaviour in `habits.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

COUNTRIES = {
    "NL": "Netherlands",
    "DE": "Germany",
    "FR": "France",
    "IT": "Italy",
    "ES": "Spain",
    "PL": "Poland",
    "GB": "United Kingdom",
    "US": "United States",
    "CN": "China",
    "JP": "Japan",
    "SG": "Singapore",
    "AE": "United Arab Emirates",
}

INDUSTRIES = {
    "ele": "Electronics",
    "mac": "Machinery",
    "foo": "Food and Beverage",
    "tex": "Textiles",
    "con": "Construction",
    "med": "Healthcare",
}


@dataclass(frozen=True)
class Customer:
    """One customer.

    Attributes:
        code: Party code.
        name: Party name.
        country: ISO code of the country.
        city: City of its address.
        industry: Key of `INDUSTRIES`.
        sellers: Companies that sell to it: `E`, `S` or `ES`.
        currency: Currency of its invoices.
        term: Key of a payment term of `setup.TERMS`.
        size: `S`, `M`, `L` or `X`: how often and how much it buys.
        habit: How it pays, a key of `habits.HABITS`.
    """

    code: str
    name: str
    country: str
    city: str
    industry: str
    sellers: str
    currency: str
    term: str
    size: str
    habit: str


_ROWS = """
NL|Amsterdam|ele|E|EUR|net30|M|prompt|Atlas Office Supply
NL|Utrecht|tex|E|EUR|net30|S|steady|=SUM Design Studio
NL|Rotterdam|mac|E|EUR|inst3|L|steady|Van der Kolk Scheepsbouw B.V.
NL|Eindhoven|ele|E|EUR|net30|L|prompt|Polderlicht Electronics B.V.
NL|Breda|foo|E|EUR|net15|X|batch|Tulpenburg Foods N.V.
NL|Haarlem|con|E|EUR|eom30|M|late|De Gouden Spaan B.V.
NL|Rotterdam|mac|E|EUR|net45|L|steady|Maasvliet Logistiek B.V.
NL|Zwolle|med|E|EUR|net60|M|slow|Zilverduin Zorg B.V.
NL|Vlissingen|foo|E|EUR|net15|M|erratic|Haringkade Vis B.V.
NL|Enschede|mac|E|EUR|inst2|M|parts|Oostwal Machines B.V.
NL|Tilburg|tex|E|EUR|net30|M|late|Lindekamp Textiel B.V.
NL|Arnhem|con|E|EUR|inst3|M|late|Brughuis Bouw B.V.
NL|Groningen|med|E|EUR|net30|M|prompt|Noorderzon Apotheek B.V.
NL|Den Helder|mac|E|EUR|net60|S|erratic|Kaapstander Marine B.V.
DE|Stuttgart|mac|E|EUR|net30|L|story-shaver|Kessler & Tann Maschinenbau GmbH
DE|Hamburg|mac|E|EUR|net30|M|steady|Nordhafen Werkzeuge GmbH
DE|Trier|foo|E|EUR|net15|M|prompt|Birkenfeld Feinkost GmbH
DE|Dresden|ele|ES|EUR|net60|L|steady|Sturmfels Elektronik AG
DE|Erlangen|med|E|EUR|net45|M|prompt|Hollerbach Medizintechnik GmbH
DE|Leipzig|con|E|EUR|inst2|L|late|Weidentor Bau GmbH
DE|Siegen|mac|E|EUR|eom30|M|steady|Eisenquell Metall GmbH
DE|Chemnitz|tex|E|EUR|net30|S|slow|Silberbach Textil GmbH & Co. KG
DE|Passau|foo|E|EUR|net30|L|batch|Donautal Lebensmittel GmbH
DE|Jena|ele|E|EUR|net30|M|advance|Quarzberg Sensorik GmbH
DE|Ulm|med|E|EUR|net30|M|steady|Aulenried Klinikbedarf GmbH
DE|Bremen|con|E|EUR|net60|M|erratic|Rotmoor Baustoffe GmbH
FR|Lyon|con|E|EUR|net45|L|story-dispute|Vallier Matériaux SAS
FR|Paris|ele|E|EUR|net30|S|late|Atlas Office Supply
FR|Rennes|foo|E|EUR|net30|M|steady|Pré-Clair Laiterie SARL
FR|Grenoble|ele|E|EUR|eom30|M|prompt|Montfaucon Électronique SA
FR|Lille|tex|E|EUR|net60|M|late|Tissages de l'Orbe SAS
FR|Tours|med|E|EUR|net60|M|slow|Clinique des Tilleuls
FR|Nantes|mac|E|EUR|inst2|M|parts|Ateliers Brumaire SAS
FR|Toulouse|foo|E|EUR|net30|S|steady|L'Épicerie d'Aubrac SARL
FR|Bordeaux|mac|E|EUR|net45|M|prompt|Garonne Outillage SAS
IT|Milano|tex|E|EUR|net60|L|story-bankrupt|Orfeo Moda S.r.l.
IT|Arezzo|mac|E|EUR|net90|L|slow|Officine Valdarno S.p.A.
IT|Parma|foo|E|EUR|net30|M|late|Pastificio Ponterosso S.r.l.
IT|Como|med|E|EUR|net60|S|slow|Farmacia Lagoverde S.r.l.
IT|Verona|con|E|EUR|inst3|M|late|Edilcastello S.r.l.
IT|Prato|tex|E|EUR|eom30|M|erratic|Tessitura Belmonte S.p.A.
ES|Girona|con|E|EUR|net60|M|story-seasonal|Costa Brava Garden S.L.
ES|Vigo|foo|E|EUR|net30|L|steady|Conservas del Faro S.A.
ES|Valencia|tex|E|EUR|net60|M|late|Textiles Almadraba S.L.
ES|Granada|med|E|EUR|net90|M|slow|Hospital Sierra Clara
ES|Valladolid|mac|E|EUR|inst2|S|parts|Maquinaria Duero S.L.
ES|Burgos|con|E|EUR|net45|M|story-recovered|Construcciones Piedralba S.L.
PL|Kraków|foo|E|EUR|net30|X|story-consolidator|Polna Market Sp. z o.o.
PL|Rzeszów|mac|E|EUR|inst3|M|steady|Wisłoka Maszyny S.A.
PL|Gdańsk|ele|E|EUR|net30|M|prompt|Jantar Elektronika Sp. z o.o.
PL|Lublin|foo|E|EUR|net15|S|advance|Zielony Młyn Sp. z o.o.
PL|Wrocław|con|E|EUR|net60|M|late|Budopol Krzemień Sp. z o.o.
GB|Leeds|tex|E|GBP|net30|L|story-default|Brackwater Outdoor Ltd
GB|Cambridge|ele|ES|GBP|net30|L|prompt|Thornfield Instruments Ltd
GB|Bristol|foo|E|GBP|net30|M|steady|Hollow Oak Foods Ltd
GB|Oxford|med|E|GBP|net45|M|prompt|Pennymoor Medical Ltd
GB|Hull|foo|E|GBP|net15|S|late|Saltmarsh & Sons Ltd
GB|Sheffield|mac|E|GBP|inst2|M|steady|Ironbridge Lane Tools Ltd
GB|Bradford|tex|E|EUR|net60|S|erratic|Wrenfield Fabrics Ltd
US|Dayton|mac|E|USD|net60|L|steady|Cedar Fork Industries Inc.
US|Tampa|med|E|USD|net45|M|prompt|Blue Heron Medical LLC
US|Des Moines|foo|E|USD|net30|M|late|Prairie Lantern Foods Inc.
US|Boise|con|E|USD|inst3|M|parts|Redstone Gulch Builders LLC
US|Portland|tex|E|USD|net60|S|story-dormant|Juniper & Vale Apparel Inc.
US|Norfolk|ele|ES|USD|net30|M|steady|Tidewater Circuit Works Inc.
CN|上海|ele|S|CNY|eom60|M|story-grower|上海栖霁电子科技有限公司
CN|深圳|ele|ES|CNY|net60|L|steady|深圳墨鲸智能设备有限公司
CN|苏州|mac|S|CNY|inst3|L|steady|苏州砚禾精密机械有限公司
CN|杭州|tex|S|CNY|net60|M|late|杭州鹿洄纺织品有限公司
CN|宁波|tex|S|CNY|eom60|M|slow|宁波澜笙进出口有限公司
CN|广州|foo|S|CNY|net30|L|batch|广州穗桥食品有限公司
CN|南京|med|S|CNY|net60|M|steady|南京霁月医疗器械有限公司
CN|成都|foo|S|CNY|net30|M|prompt|成都锦舟食品有限公司
CN|重庆|con|S|CNY|net90|L|slow|重庆岩苔建材有限公司
CN|武汉|ele|S|CNY|net45|M|steady|武汉樟屿电子有限公司
CN|西安|mac|S|CNY|inst2|M|late|西安秦麓机械有限公司
CN|青岛|tex|S|CNY|net60|M|steady|青岛帆屿纺织有限公司
CN|大连|mac|S|CNY|inst3|M|parts|大连极璇机床有限公司
CN|天津|con|S|CNY|net90|M|erratic|天津渤砾建材有限公司
CN|北京|med|S|CNY|net60|L|slow|北京燕苓医药有限公司
CN|无锡|ele|S|CNY|eom60|M|late|无锡漪缆线缆有限公司
CN|东莞|ele|S|CNY|net30|M|erratic|东莞华烛电子厂
CN|佛山|con|S|CNY|net60|M|late|佛山陶砚建材有限公司
CN|厦门|foo|S|CNY|net30|M|prompt|厦门鹭穗食品有限公司
CN|福州|med|S|CNY|net45|S|steady|福州榕芷医疗用品有限公司
CN|长沙|mac|S|CNY|inst2|M|parts|长沙湘砺机械有限公司
CN|郑州|tex|S|CNY|net60|S|late|郑州原纱纺织有限公司
CN|济南|ele|S|CNY|net45|M|steady|济南泉弦电器有限公司
CN|合肥|ele|S|CNY|net60|M|prompt|合肥巢光电子有限公司
CN|昆明|foo|S|CNY|net30|S|late|昆明滇禾食品有限公司
CN|沈阳|mac|S|CNY|inst3|L|story-plan|沈阳浑铸重工有限公司
CN|哈尔滨|foo|S|CNY|net30|S|erratic|哈尔滨松粟食品有限公司
CN|常州|tex|S|CNY|eom60|M|steady|常州运纨纺织有限公司
CN|温州|tex|S|CNY|net60|M|story-slowing|温州瓯革鞋材有限公司
CN|珠海|med|S|CNY|net60|M|steady|珠海拱芩医疗有限公司
CN|嘉兴|con|S|CNY|net90|M|late|嘉兴南砌建材有限公司
CN|绍兴|tex|S|CNY|net60|S|slow|绍兴兰绡纺织有限公司
CN|Shanghai|foo|S|CNY|net30|M|prompt|Shanghai Paper Lantern Co., Ltd.
CN|Suzhou|ele|S|USD|net45|M|steady|Suzhou Willow Gate Electronics Co., Ltd.
JP|Nagoya|mac|S|JPY|net60|L|story-early|Tanakawa Seimitsu K.K.
JP|Osaka|ele|ES|JPY|net60|M|prompt|Hoshimori Denki K.K.
JP|Kobe|foo|S|JPY|net30|M|prompt|Minakaze Foods K.K.
JP|Kyoto|tex|S|JPY|net45|S|steady|Kuroha Textile K.K.
JP|Sendai|med|S|JPY|net60|M|prompt|Shirotaki Medical K.K.
JP|Yokohama|mac|S|JPY|inst2|M|steady|Aobadai Kikai K.K.
JP|Sapporo|con|S|JPY|net90|S|steady|Yukinoshita Kensetsu K.K.
SG|Singapore|mac|S|USD|net30|M|steady|Merlion Gate Trading Pte. Ltd.
SG|Singapore|foo|S|USD|net30|M|prompt|Orchid Quay Foods Pte. Ltd.
SG|Singapore|ele|ES|USD|net45|L|batch|Straitswind Electronics Pte. Ltd.
SG|Singapore|med|S|USD|net60|M|steady|Lionrock Medical Supplies Pte. Ltd.
SG|Singapore|tex|S|USD|net30|S|late|Tanjong Loom Pte. Ltd.
SG|Singapore|mac|S|USD|inst3|M|parts|Pasir Crane Engineering Pte. Ltd.
SG|Singapore|con|S|USD|net60|M|advance|Bayfront Mason Pte. Ltd.
AE|Dubai|mac|S|USD|net60|L|story-round|Gulf Meridian Trading LLC
AE|Sharjah|con|S|USD|net90|M|slow|Al Nakhla Building Materials LLC
AE|Abu Dhabi|foo|S|USD|net45|M|late|Desert Pearl Foods LLC
AE|Dubai|med|S|USD|net60|S|steady|Oasis Crescent Medical FZE
US|Monterey|tex|S|USD|net60|M|late|Lone Cypress Imports Inc.
US|Louisville|foo|S|USD|net30|M|erratic|Copper Kettle Kitchenware Inc.
US|Rochester|ele|S|USD|net45|M|steady|Silver Birch Optics Inc.
"""


def _read() -> tuple[Customer, ...]:
    customers = []
    for index, row in enumerate(_ROWS.strip().splitlines()):
        country, city, industry, sellers, currency, term, size, habit, name = row.split("|")
        customers.append(
            Customer(
                f"C{1001 + index}",
                name,
                country,
                city,
                industry,
                sellers,
                currency,
                term,
                size,
                habit,
            )
        )
    return tuple(customers)


CUSTOMERS = _read()
"""All of them, in the order of their codes."""
