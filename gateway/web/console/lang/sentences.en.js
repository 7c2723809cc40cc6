// SPDX-License-Identifier: GPL-2.0-or-later
// What the gateway says with a command line in it, as the console says it: by
// its screens and buttons. A test holds the keys against sentences.id.js.
export default {
    // who one is
    'there is no user {0}; see kabari user list': 'there is no user {0}; see Users',
    'no token {0} is in use; see kabari token list': 'no token {0} is in use; see Users',
    'that token is none, is revoked or over; see kabari token list': 'that token is none, is revoked or over',

    // lists
    'the list is empty: nobody is resolved on its word; --yes takes it as it is': 'the list is empty: nobody is taken as recorded on its word',
    'the list names no kecamatan, so --sync cannot tell whom it covers': 'the list names no kecamatan, so that nobody can tell whom it covers; untick “This is the whole list”',
    'it would take {0} of {1} pending residents as recorded, over {2} %; is the list whole? --yes does it all the same': 'it would take {0} of {1} pending residents as recorded, over {2} %; is the list whole?',
    'this is no SQLite file; without --table it is read as CSV': 'this is no SQLite file; drop a CSV file',
    'this is a SQLite file; name the table with --table': 'this is a SQLite file; drop a CSV file, or have it imported on the gateway itself',
    'there is no resident with that NIK; see kabari resident find': 'there is no resident with that NIK; look in Residents',
    'not told: no phone; kabari resident set NIK --phone adds one': 'not told: no phone; add one here, with “Phone …”',

    // alarms, messages, the inbox
    'there is no alarm {0}; see kabari alarm list --all': 'there is no alarm {0}',
    'there is no message {0}; see kabari message list': 'there is no message {0}',
    'there is no inbox entry {0}; see kabari inbox list': 'there is no inbox entry {0}',
    'offices that were to work again by now, {0}: {1}; what waits for them goes with kabari office up CODE, or say a new day with --back': 'offices that were to work again by now, {0}: {1}; switch them up in Offices, or say a new day there',
    'residents who wait for an answer for longer than {0} hours: {1}; see kabari inbox list --open': 'residents who wait for an answer for longer than {0} hours: {1}; see Inbox',
    'NIKs are being tried out, phones that asked for {0} or more today: {1}; the limits hold, see what they wrote with kabari inbox list': 'NIKs are being tried out, phones that asked for {0} or more today: {1}; the limits hold, see what they wrote in Inbox',
    'NIKs may be tried out from many phones: {0} different ones today from phones that are not their residents\' (limits.strange_niks_day is {1}), dates of birth with {2} serials or more: {3}; see kabari inbox list': 'NIKs may be tried out from many phones: {0} different ones today from phones that are not their residents\' (limits.strange_niks_day is {1}), dates of birth with {2} serials or more: {3}; see Inbox',
    'all sending but answers is paused; go on with: kabari resume': 'all sending but answers is paused; go on with “Resume sending” on Today',

    // offices
    '{0} residents say {1} is closed; ask there, then kabari office down {2}': '{0} residents say {1} is closed; ask there, then switch it in Offices',
    'there is no office {0}; see kabari office list': 'there is no office {0}; see Offices',
    'dismiss is true; to confirm, switch the office: kabari office down': 'to confirm, switch the office down',
    'that number is not registered; see kabari office staff': 'that number is not registered',

    // campaigns
    'there is no campaign {0}; see kabari campaign list': 'there is no campaign {0}; see Campaigns',
    'waits for a second person, being for more than {0}: somebody other than {1} runs kabari campaign approve {2}': 'for more than {0} residents, it waits for a second person: somebody other than {1} approves it on this screen',
    'a draft: kabari campaign preview {0}, then start': 'a draft: look at its preview, then start it',
    'its deadline {0} is over; move it: kabari campaign set {1} --deadline DATE': 'its deadline {0} is over; move it',
    'paused: kabari campaign resume {0}': 'paused: press Resume',
    'its --where is not understood: kabari campaign set {0}': 'its audience is not understood: change the campaign',
    'the campaign\'s --where is not understood: kabari campaign set': 'the campaign\'s audience is not understood: change the campaign',
    'template {0} asks for something that this campaign cannot fill in; see kabari template show {1}': 'template {0} asks for something that this campaign cannot fill in; see Templates',
    'the campaign has not started: kabari campaign start {0}': 'the campaign has not started',
    'the deadline ({0}) has passed: kabari campaign set --deadline moves it': 'the deadline ({0}) has passed: move it',
    'campaign paused: kabari campaign resume {0}': 'campaign {0} is paused: resume it in Campaigns',
    'its template cannot be filled in: kabari check': 'its template cannot be filled in: see Templates',
    'lift it: kabari campaign set --pace auto': 'set its pace to “as the offices can serve”',
    'more of them: kabari office set --blanks': 'get more, then set their number in Offices',
    'print the list for village heads: kabari campaign no-phone': 'print the list for village heads',
    '{0} phones find no place before the deadline: see kabari campaign forecast {1}': '{0} phones find no place before the deadline: see the forecast',
    '{0} are held for an office that is down (kabari office up releases them)': '{0} are held for an office that is down (they go when it is open again)',
    '{0} are held for their text (kabari check)': '{0} are held for their text (see Templates)',
    'say which template: --template remind_first': 'choose a text',
    'say the last day: --deadline YYYY-MM-DD': 'choose the last day',
    '{0} ({1} messages a day by --pace)': '{0} ({1} messages a day by its pace)',
    'bring it back, or send people elsewhere: --outage redirect': 'bring it back, or let the campaign send people to the fallback office',

    // templates
    'there is no such template; kabari template list shows them': 'there is no such template; see Templates',
    'there are no templates in that language; kabari template list shows them': 'there are no templates in that language; see Templates',
    'there is no template {0}; see kabari template list': 'there is no template {0}; see Templates',
    'its text could not be written; see kabari check': 'its text could not be written; see Templates',
    '{0} could not be read a second time; see kabari check': '{0} could not be read a second time; run a check of it on the gateway itself',

    // messages
    'it may have gone out; a delivery report settles it, or whoever knows: kabari message settle': 'it may have gone out; a delivery report settles it, or whoever knows',

    // modems
    'there is no modem {0}; see kabari modem list': 'there is no modem {0}; see Modems',
    'the modem is not ready; see kabari modem show {0}': 'the modem is not ready; see its card in Modems',
    'the modem has not said which SIM is in it; wait until it is there, see kabari modem show {0}': 'the modem has not said which SIM is in it; wait until it is there',
    '{0}, then: kabari modem reset {1}': '{0}, then press Restart',
    '{0}; mend it, then: kabari modem reset {1}': '{0}; mend it, then press Restart',
    'the SIM ..{0} is modem {1}\'s: ports or SIMs were swapped; swap them back, or: kabari modem accept {2}': 'the SIM ..{0} is modem {1}\'s: ports or SIMs were swapped; swap them back, or press “Accept this SIM”',
    'another SIM (..{0}) than before (..{1}); if it belongs there: kabari modem accept {2}': 'another SIM (..{0}) than before (..{1}); if it belongs there, press “Accept this SIM”',
    'failed {0} times in a row ({1}): look at it, replug it, or modem reset; tried every {2} min': 'failed {0} times in a row ({1}): look at it, replug it, or press Restart; tried every {2} min',
    'are left where they are; "modem reset" tries again': 'are left where they are; Restart tries again',
    'the SIM wants a PIN and none is configured, or the one configured was refused; mend it, then modem reset': 'the SIM wants a PIN and none is configured, or the one configured was refused; mend it, then press Restart',
    'the modem did not say whether the PIN was right; see modem reset': 'the modem did not say whether the PIN was right; Restart tries again',
    'wrong PIN; it was tried once: mend it, then modem reset': 'wrong PIN; it was tried once: mend it, then press Restart',
};
