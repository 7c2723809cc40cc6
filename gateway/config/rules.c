// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/str.h"
#include "config/config_internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

static bool made_of(const char *text, const char *characters)
{
    return *text != '\0' && text[strspn(text, characters)] == '\0';
}

static bool name_holds(const char *text)
{
    return made_of(text, LOWER DIGITS "-_");
}

const struct config_rule config_rule_name = {
    name_holds, "write a-z, 0-9, - and _ only, such as \"m1\""};

/* As clock_zone_set finds it, but without making it the process's zone: a bad
   file at a reload must change nothing. */
static bool zone_holds(const char *text)
{
    char path[256];
    char magic[5] = "";
    FILE *file = NULL;
    bool known = false;

    if (*text == '/' || strstr(text, "..") != NULL) {
        return false;
    }
    (void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", text);
    file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    /* RFC 8536 §3.1: a zone file starts with "TZif". */
    known = fread(magic, 1, 4, file) == 4 && strcmp(magic, "TZif") == 0;
    (void)fclose(file);
    return known;
}

const struct config_rule config_rule_zone = {zone_holds,
    "write a zone that the package tzdata has, such as \"Asia/Jakarta\", "
    "\"Asia/Makassar\" or \"Asia/Jayapura\""};

static bool language_holds(const char *text)
{
    return made_of(text, LOWER);
}

const struct config_rule config_rule_language = {language_holds,
    "write the language's code of two or three small letters "
    "(ISO 639), such as \"id\" or \"en\""};

static bool device_holds(const char *text)
{
    return *text == '/';
}

const struct config_rule config_rule_device = {device_holds,
    "write the whole path, such as \"/dev/serial/by-id/…\" or "
    "\"/dev/ttyUSB0\""};

static bool connection_holds(const char *text)
{
    return strcmp(text, "dku2at") == 0 || strcmp(text, "at") == 0 ||
           (str_starts(text, "at") && str_digits(text + 2));
}

const struct config_rule config_rule_connection = {connection_holds,
    "write \"dku2at\" for a stick, or \"at\" and the speed, "
    "such as \"at115200\", for a modem on a serial port"};

static bool pin_holds(const char *text)
{
    return *text == '\0' || (str_digits(text) && strlen(text) >= 4);
}

const struct config_rule config_rule_pin = {
    pin_holds, "write 4 to 8 digits in quotes, or \"\" for none"};

static bool port_holds(const char *text)
{
    int64_t port = 0;

    return str_int(text, 0, 65535, &port) == KB_OK;
}

static bool listen_holds(const char *text)
{
    char address[64];
    unsigned char binary[sizeof(struct in6_addr)];
    const char *colon = strrchr(text, ':');
    size_t bytes = colon == NULL ? 0 : (size_t)(colon - text);

    if (*text == '\0') {
        return true;
    }
    if (bytes == 0 || bytes >= sizeof address || !port_holds(colon + 1)) {
        return false;
    }
    memcpy(address, text, bytes);
    address[bytes] = '\0';
    if (address[0] == '[' && address[bytes - 1] == ']') {
        address[bytes - 1] = '\0';
        return inet_pton(AF_INET6, address + 1, binary) == 1;
    }
    return inet_pton(AF_INET, address, binary) == 1;
}

const struct config_rule config_rule_listen = {listen_holds,
    "write a numeric address and a port, such as "
    "\"127.0.0.1:8080\" or \"[::1]:8080\", or \"\" for none"};

static bool ussd_holds(const char *text)
{
    return *text == '\0' || made_of(text, DIGITS "*#");
}

const struct config_rule config_rule_ussd = {
    ussd_holds, "write digits, * and #, such as \"*888#\""};

static bool prefix_holds(const char *text)
{
    size_t bytes = strlen(text);

    return str_digits(text) && text[0] == '0' && bytes >= 2 && bytes <= 8;
}

const struct config_rule config_rule_prefix = {prefix_holds,
    "write 2 to 8 digits from the leading 0 on, such as "
    "\"0812\""};

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* A file's name in small letters, or a feature of libGammu in capitals. */
static bool quirk_holds(const char *text)
{
    return (name_holds(text) || made_of(text, UPPER DIGITS "_")) &&
           strlen(text) <= 63;
}

const struct config_rule config_rule_quirk = {quirk_holds,
    "write a quirk file's name, such as \"huawei-e173\", or a feature of "
    "libGammu in capitals, such as \"SMS_ME\""};

static bool word_holds(const char *text)
{
    return *text != '\0' && strlen(text) <= 200;
}

const struct config_rule config_rule_word = {word_holds,
    "write the command and its arguments, a word of 1 to 200 "
    "bytes each; there is no shell"};

static bool address_holds(const char *text)
{
    unsigned char binary[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, text, binary) == 1 ||
           inet_pton(AF_INET6, text, binary) == 1;
}

const struct config_rule config_rule_address = {
    address_holds, "write a numeric address, such as \"192.0.2.10\""};

/* ITU-T E.164: at most 15 digits behind the plus. */
static bool phone_holds(const char *text)
{
    size_t bytes = strlen(text);

    return text[0] == '+' && text[1] != '0' && str_digits(text + 1) &&
           bytes >= 8 && bytes <= 16;
}

const struct config_rule config_rule_phone = {
    phone_holds, "write the whole number, such as \"+6281200009001\""};

static bool url_holds(const char *text)
{
    const char *host = str_starts(text, "https://")  ? text + 8
                       : str_starts(text, "http://") ? text + 7
                                                     : "";

    return *text == '\0' || (*host != '\0' && *host != '/' &&
                                strpbrk(text, " \t\r\n\"<>") == NULL);
}

const struct config_rule config_rule_url = {url_holds,
    "write a whole address, such as \"https://example.org/kabari\", or \"\" "
    "for none"};

static bool event_holds(const char *text)
{
    static const char *const events[] = {
        "inbound", "delivery", "modem", "alarm", "campaign"};

    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (strcmp(text, events[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool own_number_holds(const char *text)
{
    return *text == '\0' || phone_holds(text);
}

const struct config_rule config_rule_own_number = {own_number_holds,
    "write the whole number, such as \"+6281200009001\", or \"\""};

/* ITU-T E.212: at most 15 digits. */
static bool imsi_holds(const char *text)
{
    return *text == '\0' || (str_digits(text) && strlen(text) >= 6);
}

const struct config_rule config_rule_imsi = {imsi_holds,
    "write the SIM's 15 digits, as \"kabari modem show\" says them, or \"\""};

static bool use_holds(const char *text)
{
    static const char *const uses[] = {"all", "bulk", "answers", "test"};

    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        if (strcmp(uses[i], text) == 0) {
            return true;
        }
    }
    return false;
}

const struct config_rule config_rule_event = {
    event_holds, "write inbound, delivery, modem, alarm or campaign"};
const struct config_rule config_rule_use = {
    use_holds, "write \"all\", \"bulk\", \"answers\" or \"test\""};
