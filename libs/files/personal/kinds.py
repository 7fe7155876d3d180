"""The kinds of personal data, and the words by which columns, scanners and taxonomies name them.

Sensitive are those of Decree 356/2025, article 4.1; all others that concern a person are basic (article 3).
"""

from msgspec import Struct

from libs.contracts.texts import worded


class Kind(Struct, frozen=True):
    """One kind of personal data."""

    name: str
    sensitive: bool
    words: tuple[str, ...]
    """Within a name: at word borders, folded (lower case, no diacritics)."""
    whole: tuple[str, ...] = ()
    """What has to be the whole name: words that mean other things elsewhere."""

    def titles(self) -> tuple[str, str]:
        """What people call it, in English and Vietnamese."""
        return worded(f"PERSONAL_{self.name.upper()}")


def _basic(name: str, words: str, whole: str = "") -> Kind:
    return Kind(name, sensitive=False, words=_words(words), whole=_words(whole))


def _sensitive(name: str, words: str, whole: str = "") -> Kind:
    return Kind(name, sensitive=True, words=_words(words), whole=_words(whole))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


KINDS = (
    _basic(
        "full_name",
        "ho ten, ho va ten, ho chu dem va ten, ten khach hang, ten nhan vien, ten benh nhan, ten nguoi, ten day du,"
        "full name, first name, last name, middle name, given name, family name, surname, person name, customer name,"
        "employee name, patient name, nom et prenom",
        "ten, ho, name, person, fullname, firstname, lastname, fname, lname, nom, user name",
    ),
    _basic("birthday", "ngay sinh, ngay thang nam sinh, nam sinh, birth date, date of birth, birthday, birthdate,"
           "date de naissance, year of birth", "dob, ntns"),
    _basic("gender", "gioi tinh, gender, phai tinh", "sex, phai, nam nu"),
    _basic("birthplace", "noi sinh, que quan, nguyen quan, noi dang ky khai sinh, place of birth, birthplace"),
    _basic(
        "address",
        "dia chi, noi o, cho o, thuong tru, tam tru, ho khau, address, street, postal code, zip code, zipcode,"
        "postcode, adresse postale, po box",
        "location, zip, dc, pobox, city, thanh pho, tinh thanh, quan huyen, phuong xa",
    ),
    _basic("nationality", "quoc tich, nationality, citizenship"),
    _basic("image", "anh chan dung, anh dai dien, hinh anh, photo, avatar, portrait", "anh, picture, image"),
    _basic(
        "phone",
        "so dien thoai, dien thoai, so di dong, so dt, so may, phone, telephone, mobile number, cell number, hotline",
        "sdt, dt, tel, mobile, phone no, dtdd, fax",
    ),
    _basic(
        "email",
        "email, email address, e mail, e mail address, thu dien tu, hom thu, mail address, adresse electronique",
        "mail",
    ),
    _basic(
        "citizen_id",
        "cccd, cmnd, cmtnd, can cuoc, chung minh nhan dan, so dinh danh, giay to tuy than, national id, identity card,"
        "id card, id number, identity number, citizen id, government id, ssn, social security, itin",
        "so giay to, cmt, id no, nric",
    ),
    _basic("passport", "ho chieu, passport"),
    _basic("driving_licence", "giay phep lai xe, bang lai, driver license, driving licence, drivers license", "gplx"),
    _basic("vehicle_plate", "bien so xe, bien so, bien kiem soat, license plate, number plate, plate number"),
    _basic("tax_code", "ma so thue, tax code, tax id, tax number, tin number", "mst"),
    _basic("social_insurance", "bao hiem xa hoi, so bhxh, social insurance", "bhxh"),
    _basic("health_insurance", "bao hiem y te, the bhyt, health insurance", "bhyt"),
    _basic("marital_status", "tinh trang hon nhan, hon nhan, marital status"),
    _basic("family", "quan he gia dinh, ten cha, ten me, ten vo, ten chong, ten con, nguoi giam ho, next of kin,"
           "spouse, guardian, emergency contact"),
    _basic("account", "tai khoan nguoi dung, ten dang nhap, user id, account id, username, zalo, facebook, twitter,"
           "unique id, social url", "login, account, nick"),
    _basic("device", "ip address, dia chi ip, device id, ma thiet bi, imei, mac address, cookie, user agent",
           "ip, device"),
    _basic("work", "nghe nghiep, chuc vu, noi lam viec, job title, occupation, employer, workplace", "phong ban"),
    _sensitive("ethnicity", "dan toc, chung toc, ethnicity, ethnic origin, racial origin, race", "nrp"),
    _sensitive("politics", "chinh tri, dang vien, political, politics"),
    _sensitive("religion", "ton giao, tin nguong, religion, religious"),
    _sensitive(
        "health",
        "suc khoe, benh an, chan doan, benh ly, nhom mau, tien su benh, health, medical, diagnosis, disease,"
        "blood type, patient, sante",
        "benh, medicine",
    ),
    _sensitive("biometrics", "sinh trac, van tay, khuon mat, mong mat, di truyen, adn, biometric, fingerprint, face id,"
               "genetic, dna, voiceprint"),
    _sensitive("sex_life", "tinh duc, xu huong tinh duc, sexual orientation, sex life"),
    _sensitive("crime", "tien an, tien su pham toi, an tich, toi pham, criminal, crime, offence"),
    _sensitive("location", "toa do, vi tri dia ly, dinh vi, gps, geolocation, latitude, longitude, precise location",
               "lat, lng, lon, vi tri"),
    _sensitive("password", "mat khau, password, passwd, credential, ma pin, otp, secret key, access token", "pin, pwd"),
    _sensitive("bank_card", "so the, the tin dung, the ngan hang, credit card, debit card, card number, cvv,"
               "pan number"),
    _sensitive("bank_account", "tai khoan ngan hang, so tai khoan, bank account, account number, iban, swift,"
               "bank number, transaction history", "stk"),
    _sensitive("finances", "thu nhap, luong, tin dung, khoan vay, du no, salary, income, credit score, loan,"
               "financial, payment"),
    _sensitive("behaviour", "hanh vi, lich su duyet web, lich su truy cap, browsing history, behavior, behaviour,"
               "clickstream, search history"),
)  # fmt: skip

BY_NAME = {kind.name: kind for kind in KINDS}
