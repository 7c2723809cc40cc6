// SPDX-License-Identifier: GPL-2.0-or-later
#include "inbound/words.h"

/*
 * What residents write, as data. A new way to say something is a line here and
 * a row in tests/data/inbound/.
 */

/* Short forms and usual slips, and the word that the rules know. */
// clang-format off
const struct word_form word_forms[] = {
    {"ambil", "ambl mbil ngambil"},
    {"apa", "ap apkh apakah"},
    {"bagaimana", "gmn gmna gimana bgmn bgaimana"},
    {"banyak", "byk bnyk"},
    {"bayar", "byr bayr byar"},
    {"belum", "blm blum belom blom bl"},
    {"berapa", "brp brapa brpa"},
    {"berhenti", "brhenti berenti brenti"},
    {"besok", "bsk bsok"},
    {"bisa", "bs bsa bisakah boleh"},
    {"cek", "cec cck ceck chek check cak cekk ck cel cej sek ccek "
        "kcek ceh cet cheq cekh"},
    {"datang", "dtg dtang dtng dateng"},
    {"daftar", "dftar daftr dftr"},
    {"dari", "dr"},
    {"dimana", "dmn dmana dimn dimanakah"},
    {"ektp", "ktpel ektpnya"},
    {"hari", "hr hri"},
    {"ibu", "bu bunda"},
    {"info", "inf ifo inpo infonya informasi"},
    {"jadi", "jd jdi"},
    {"jam", "jm"},
    {"jangan", "jgn jngn jgan jngan"},
    {"kantor", "kntr kntor ktr kantr"},
    {"kapan", "kpn kpan kapn kapankah"},
    {"kenapa", "knp knapa kenpa mengapa"},
    {"kirim", "krm krim kirm"},
    {"ktp", "kyp ktpp ktb kpt katepe"},
    {"lagi", "lg lgi"},
    {"malam", "mlm mlam"},
    {"nik", "nk nikk nic"},
    {"nomor", "no nomer nmr nomr number"},
    {"ok", "oke okey okay okee oc okeh"},
    {"pagi", "pg pgi"},
    {"pak", "bpk bapak pa pk"},
    {"rekam", "rkam rkm"},
    {"rusak", "rsk rusk rsak"},
    {"salah", "slh salh slah"},
    {"saya", "sy sya aku ak gue"},
    {"siapa", "sapa sp siapakah"},
    {"sms", "smsnya"},
    {"stop", "stp setop sotp stpo"},
    {"sudah", "sdh udh udah sudh suda dah dh telah"},
    {"syarat", "syrt sarat syart"},
    {"terimakasih", "mksh makasih mkasih trims trim tks thx makasi "
                    "trimakasih trmksh terimakasi mks thanks thank tq tengkyu"},
    {"tidak", "tdk gak ga nggak ngga tak tdak enggak kagak gk nda"},
    {"tolong", "tlg tlong"},
    {"tunda", "tnda tundah"},
    {"untuk", "utk untk"},
    {"yang", "yg yng"},
};

// clang-format on

const size_t word_form_count = sizeof word_forms / sizeof *word_forms;

/* Words of command that are mended by one slip in short texts. */
const char word_commands[] =
    "status berhenti daftar salah tunda sudah stop unreg";

/* Words one slip from a command that mean themselves. */
const char word_not_commands[] =
    "salam susah salak salju tanda stok step shop statis sultan sunda ganda "
    "muda sudi";

/* Nobody means anything by them. */
const char word_polite[] =
    "pak ibu tolong mohon saya ya dong kak min admin dukcapil halo hai selamat "
    "pagi siang sore malam permisi maaf di ke dari untuk yang mau ingin bisa "
    "itu ini e el kab mabar kami assalamualaikum shalom mas mbak";

// clang-format off
const struct word_rule word_rules[] = {
    {.intent = INTENT_ACK, .score = 95,
     .need = "terimakasih|terima",
     .beside = "terimakasih terima kasih banyak ok sip siap baik mantap "
         "sama kembali info sudah atas bantuan jawaban balasan akan datang "
         "nanti segera besok hari tuhan memberkati jelas paham mengerti",
     .why = "thanks: no answer"},
    {.intent = INTENT_ACK, .score = 94,
     .need = "ok|sip|siap|baik|ya|mantap|sama",
     .beside = "banyak sama kembali atas akan datang nanti segera besok "
         "hari jelas paham mengerti",
     .why = "agreement: no answer"},
    {.intent = INTENT_STOP, .score = 90,
     .need = "stop|berhenti|unreg|unsub|unsubscribe|hentikan",
     .beside = "sms pesan pengingat sekarang lagi kirim semua all reg "
         "daftar langganan jangan info",
     .why = "asks for no more reminders"},
    {.intent = INTENT_STOP, .score = 80,
     .first = "stop|berhenti|unreg",
     .why = "asks for no more reminders"},
    {.intent = INTENT_STOP, .score = 75,
     .need = "jangan sms|kirim|kirimi|ganggu|mengganggu|hubungi|ingatkan|"
         "wa",
     .never = "lupa",
     .why = "asks not to be written to"},
    {.intent = INTENT_STOP, .score = 75,
     .need = "tidak mau|usah|perlu|ingin dikirim|dikirimi|diingatkan|"
         "disms|sms",
     .why = "asks not to be written to"},
    {.intent = INTENT_START, .score = 85,
     .need = "daftar|mulai|start|ingatkan|reg",
     .beside = "lagi sms pengingat nomor hp",
     .why = "asks for reminders again"},
    {.intent = INTENT_WRONG_PERSON, .score = 90,
     .need = "salah",
     .beside = "orang nomor hp sambung kirim alamat orangnya",
     .why = "says the phone is another person's"},
    {.intent = INTENT_WRONG_PERSON, .score = 80,
     .need = "salah orang|sambung|kirim|nomor",
     .never = "nik ktp ektp kk nama tanggal",
     .why = "says the phone is another person's"},
    {.intent = INTENT_WRONG_PERSON, .score = 80,
     .need = "bukan nomor|hp|orangnya",
     .never = "nik ktp ektp kk kantor",
     .why = "says the phone is another person's"},
    {.intent = INTENT_RESCHEDULE, .score = 80,
     .first = "tunda",
     .why = "asks for another day"},
    {.intent = INTENT_RESCHEDULE, .score = 60,
     .need = "tunda|ditunda|undur|diundur|menunda",
     .never = "deadline batas",
     .why = "asks for another day"},
    {.intent = INTENT_RESCHEDULE, .score = 60,
     .need = "tidak bisa|sempat datang|hadir|ikut",
     .why = "asks for another day"},
    {.intent = INTENT_DONE, .score = 60,
     .need = "sudah",
     .beside = "rekam perekaman direkam foto selesai kemarin tadi lama "
         "sidik jari melakukan datang minggu bulan lalu hari",
     .why = "says it is done"},
    {.intent = INTENT_DONE, .score = 45,
     .need = "sudah rekam|perekaman|direkam|merekam|foto|terekam|difoto",
     .never = "belum kapan kenapa jadi berapa apa dimana mana bagaimana",
     .why = "says it is done"},
    {.intent = INTENT_INFO, .score = 85,
     .need = "info|jadwal",
     .beside = "kantor rekam ktp ektp perekaman kecamatan kec desa buka "
         "jam",
     .why = "asks for office and hours"},
    {.intent = INTENT_INFO, .score = 40,
     .first = "info|jadwal",
     .why = "asks for office and hours"},
    {.intent = INTENT_HUMAN, .score = 70,
     .need = "siapa|penipuan|tipu|hoax|bohong|penipu",
     .why = "asks who writes"},
    {.intent = INTENT_BAD_LENGTH, .score = 70,
     .need = "cek|status|ktp|nik|ektp",
     .beside = "nomor hp kk angka digit punya anak contoh",
     .why = "a query without 16 digits"},
    {.intent = INTENT_FAQ_FEE, .score = 65,
     .need = "bayar|biaya|ongkos|tarif|harga|pungutan|pungli|dibayar|"
         "membayar|gratis|rupiah|rp|uang",
     .why = "asks what it costs"},
    {.intent = INTENT_FAQ_REQUIRE, .score = 65,
     .need = "syarat|persyaratan|dokumen|berkas|lampiran",
     .why = "asks what is required"},
    {.intent = INTENT_FAQ_REQUIRE, .score = 60,
     .need = "apa|perlu|harus bawa|dibawa|membawa|disiapkan",
     .why = "asks what is required"},
    {.intent = INTENT_FAQ_HOURS, .score = 64,
     .need = "jam berapa",
     .why = "asks for hours"},
    {.intent = INTENT_FAQ_OFFICE, .score = 63,
     .need = "server|alat|mesin|jaringan|listrik|komputer|sinyal|"
         "internet|genset rusak|mati|error|eror|gangguan|normal|baik|bagus|"
         "nyala|hidup|down|offline|jalan|bisa|diperbaiki|perbaiki|belum|"
         "sudah|ada",
     .why = "asks whether an office works"},
    {.intent = INTENT_FAQ_PICKUP, .score = 62,
     .need = "ambil|diambil|mengambil|pengambilan",
     .why = "asks about picking up"},
    {.intent = INTENT_FAQ_HOURS, .score = 58,
     .need = "buka|tutup|dibuka",
     .why = "asks for hours"},
    {.intent = INTENT_FAQ_HOURS, .score = 58,
     .need = "jam kerja|kantor|pelayanan|layanan",
     .why = "asks for hours"},
    {.intent = INTENT_FAQ_HOURS, .score = 58,
     .need = "hari|sabtu|minggu libur|masuk|kerja",
     .why = "asks for hours"},
    {.intent = INTENT_FAQ_STATUS, .score = 57,
     .need = "ktp|ektp|kartu|suket mana",
     .why = "asks for a status without a NIK"},
    {.intent = INTENT_FAQ_STATUS, .score = 56,
     .need = "ktp|ektp|kartu|suket|data|nik|status|rekam|perekaman|"
         "direkam|merekam|foto|terekam|difoto jadi|selesai|cetak|dicetak|"
         "tercetak|keluar|terbit|aktif|terdaftar|terekam|diblokir|terblokir|"
         "proses|diproses",
     .why = "asks for a status without a NIK"},
    {.intent = INTENT_FAQ_STATUS, .score = 56,
     .need = "sudah belum|apa|jadi|selesai|cetak|dicetak|terbit",
     .why = "asks for a status without a NIK"},
    {.intent = INTENT_FAQ_OFFICE, .score = 55,
     .need = "dimana|alamat|lokasi|mana",
     .why = "asks for an office"},
    {.intent = INTENT_FAQ_STATUS, .score = 52,
     .need = "kapan jadi|selesai|cetak|dicetak|keluar|terbit",
     .why = "asks for a status without a NIK"},
    {.intent = INTENT_FAQ_OFFICE, .score = 50,
     .need = "rusak|server|offline",
     .why = "asks whether an office works"},
    {.intent = INTENT_FAQ_STATUS, .score = 50,
     .need = "status|cek ktp|ektp|kartu|suket|nik|data|saya",
     .why = "asks for a status without a NIK"},
};

// clang-format on

const size_t word_rule_count = sizeof word_rules / sizeof *word_rules;
