"""Every stable error code with what it means and what to do. ``docs/reference/errors.md`` is generated from this table.

Ranges: JN10xx configuration · JN11xx mapping expressions · JN12xx sources · JN20xx targets and the wire ·
JN21xx references and values · JN22xx pairing and conflicts · JN30xx guards and plans · JN31xx SCIM requests ·
JN40xx our own database · JN64xx usage · JN90xx our own faults.
"""

from __future__ import annotations

from typing import NamedTuple


class ErrorCode(NamedTuple):
    meaning: str
    remedy: str


ERROR_CODES: dict[str, ErrorCode] = {
    "JN1001": ErrorCode(
        "A file is not TOML.", "Look at the quotes, brackets and = of the line that the message names and of the one above."
    ),
    "JN1002": ErrorCode(
        "joiner.toml has a key that Joiner does not know. It is refused, because a setting that is silently ignored would be believed.",
        "Correct the spelling, or take the line out. `joiner config schema` lists every key.",
    ),
    "JN1003": ErrorCode("A value in joiner.toml has the wrong form.", "Write it as the message shows."),
    "JN1004": ErrorCode("A key that joiner.toml must have is missing.", "Add it to the table that the message names."),
    "JN1005": ErrorCode("A value in joiner.toml is none of those allowed.", "Use one of the values that the message lists."),
    "JN1006": ErrorCode("Two things in joiner.toml bear the same name.", "Give one of them another name, or keep only one."),
    "JN1007": ErrorCode(
        "joiner.toml refers to a source, org or look-up table that it does not define.",
        "Add the table, or correct the name where it is used.",
    ),
    "JN1008": ErrorCode(
        "joiner.toml maps to an attribute that no org of this kind has.",
        "Use the nearest name that the message shows; docs/reference/configuration.md lists all attributes.",
    ),
    "JN1009": ErrorCode(
        "A look-up file cannot be read, or is not text.", "Create it, correct the path in joiner.toml, or save it as CSV UTF-8."
    ),
    "JN1010": ErrorCode(
        "A secret stands in joiner.toml itself, or is referred to in an unknown way.",
        'Put it into a file that only you can read and write  secret = "file:PATH"  (or "env:NAME", "cred:NAME"). Rotate it if the file was shared.',
    ),
    "JN1011": ErrorCode("The version of joiner.toml is unknown to this Joiner.", "Write version = 1, or update Joiner."),
    "JN1012": ErrorCode(
        "One attribute is mapped twice for the same org.", 'Keep one of the two, or restrict each to other orgs with  org = ["NAME"].'
    ),
    "JN1014": ErrorCode(
        "A secret that joiner.toml refers to cannot be read, or is empty.",
        "Create the file (readable by Joiner only), set the variable, or pass the systemd credential.",
    ),
    "JN1015": ErrorCode(
        "joiner.toml cannot be read.", "Run joiner in the directory of joiner.toml, or name it with --config FILE or JOINER_CONFIG."
    ),
    "JN1016": ErrorCode("The database's address cannot be used.", "Write  sqlite:///PATH  (three slashes: relative, four: absolute)."),
    "JN1101": ErrorCode(
        "A mapping expression cannot be read: a quote is not closed, a bracket is missing, a sign means nothing here.",
        'Look at the character that the message names. Text pasted from Okta needs dialect = "okta".',
    ),
    "JN1102": ErrorCode(
        "An expression uses a name that does not exist: a function, or a word where a column was meant.",
        "Take the nearest name that the message offers; columns are written src.column. See docs/reference/expressions.md.",
    ),
    "JN1103": ErrorCode("A function is called with too few or too many arguments.", "Compare with the form that the message shows."),
    "JN1104": ErrorCode(
        "An expression gives no value for a person: the value in the source is not what the function takes.",
        "Correct the value, or let the expression expect it (isBlank, coalesce, ?:). Only this attribute of this person waits.",
    ),
    "JN1105": ErrorCode(
        "A look-up table has no line for a value of the source.",
        "Add the line that the message shows, correct the value in the source, or give lookup a default. Only the people it touches wait.",
    ),
    "JN1106": ErrorCode(
        "A look-up table is wrong or missing: no header, a row that does not fit it, a blank key, the same key twice.",
        "Correct the lines that the message names; every wrong line is listed at once.",
    ),
    "JN1107": ErrorCode(
        "An expression asks for something that one record cannot tell: groups, managers, links to other directories.",
        "Bring the value into the source as a column and use that.",
    ),
    "JN1108": ErrorCode("An expression names a dialect that does not exist.", 'Write dialect = "native" or dialect = "okta".'),
    "JN1109": ErrorCode(
        'A rule with on_null = "error" found no value for a person.',
        "Fill in the value in the source. Only this attribute of this person waits.",
    ),
    "JN1201": ErrorCode(
        "A source's file, or the proof file beside it, cannot be read.",
        "Put the file where joiner.toml says, correct the path, or give joiner the right to read it.",
    ),
    "JN1202": ErrorCode(
        "A source lacks the key column, or a column that a rule reads.",
        "Correct the export, or the column's name in joiner.toml. Nothing is sent until the shape is right.",
    ),
    "JN1203": ErrorCode(
        "A row of a source has nothing in its key column, so nobody could tell this person from the next one without a key.",
        "Give everybody a key, or leave them out of the file until they have one.",
    ),
    "JN1204": ErrorCode("A column name appears twice in a source's header.", "Rename or remove one of the two columns."),
    "JN1205": ErrorCode(
        "A row has more or fewer fields than the header, so its columns are shifted.",
        "Put quotes around values that hold the delimiter or a line break.",
    ),
    "JN1206": ErrorCode(
        "The trailer, count or digest that came with a file says something else than the file: it is cut, or not the file it was made of.",
        "Copy or export the file again, together with its count or digest.",
    ),
    "JN1207": ErrorCode(
        "A file holds bytes that are not text in its encoding.",
        'Save the file as UTF-8, or name its encoding in joiner.toml (encoding = "cp1252").',
    ),
    "JN1208": ErrorCode(
        "A quote in a file is never closed, or the last line is cut in the middle.",
        "Look for the quote at the line that the message names; if the file is cut, copy it again.",
    ),
    "JN1209": ErrorCode(
        "A file is not CSV as RFC 4180 describes it: no header, or text after a closing quote.",
        'Export the file again; quotes inside a quoted value are doubled ("").',
    ),
    "JN1210": ErrorCode(
        "The columns of a source look shifted: addresses stand where they do not belong, or nowhere.",
        "Compare the header with the rows, correct the export. Nothing is sent until the shape is right.",
    ),
    "JN2001": ErrorCode(
        "The org refuses our client id and secret, or our token.",
        "Check client_id and the secret's reference in joiner.toml, and that the OAuth client is active in the org.",
    ),
    "JN2002": ErrorCode(
        "The org knows us, but does not permit this call.",
        "Give the OAuth client a role with the permissions that the message names. `joiner check` lists all that a pipe needs.",
    ),
    "JN2003": ErrorCode(
        "No whole answer came from the other system.",
        "Check the address, the network and the proxy. Nothing was written; the next run looks again.",
    ),
    "JN2004": ErrorCode(
        "The other system asked us to slow down, longer or more often than we wait.",
        "Run again later; lower requests_per_minute if another program shares the limit.",
    ),
    "JN2005": ErrorCode(
        "The other system refused a request and changed nothing.",
        "Read its own words below ours; only the person or group named is affected.",
    ),
    "JN2006": ErrorCode(
        "An answer is not what the protocol promises (not JSON, a redirect, a list without Resources).",
        "Check that the address is that of the API and not of a web page or a proxy.",
    ),
    "JN2007": ErrorCode(
        "A write got no usable answer: whether it landed is not known.",
        "Nothing to do: the next run looks at the account before it judges.",
    ),
    "JN2009": ErrorCode(
        "The address of an org cannot be used.", "Give the address of the API, for instance https://api.mypurecloud.de, or the region."
    ),
    "JN2010": ErrorCode(
        "A rule writes to an attribute that this kind of org does not have.",
        "Correct the attribute in the rule; `joiner check` lists what the org has.",
    ),
    "JN2104": ErrorCode(
        "A mapped value names a division, role, skill or group that the org does not have.",
        "Correct the value in the source or in the look-up table, or create the object in the org. Only the people it touches wait.",
    ),
    "JN2106": ErrorCode(
        "A rule gives several values for an attribute that takes one.",
        "Let the rule choose one of them, for instance with first(…) or a condition.",
    ),
    "JN2107": ErrorCode("The rules give a person no userName.", "Fill in the column that userName is made of, or correct the rule."),
    "JN2108": ErrorCode("A value that must be an e-mail address is none.", "Correct the address in the source. Only this person waits."),
    "JN2201": ErrorCode(
        "Several people of the sources claim the same address.",
        "Give one of them another address, or remove the double record from the source. Both wait.",
    ),
    "JN2202": ErrorCode(
        "Several accounts of the org match one person.", "Merge or correct the accounts in the org. The person waits; nothing is guessed."
    ),
    "JN2203": ErrorCode(
        "An account that matches one person belongs to somebody else already.",
        "Look who holds it with  joiner explain ADDRESS,  and correct the address or key that points at it.",
    ),
    "JN2204": ErrorCode(
        "The account with this address carries another person's externalId.",
        "Clear or correct its externalId in the org, or correct the address in the source.",
    ),
    "JN2205": ErrorCode("The same key stands twice in one source.", "Give every person a key of their own. Both rows wait."),
    "JN2206": ErrorCode(
        "The org could not show an account that it has shown before.",
        "Run again when the org answers steadily. Nothing is concluded from one bad answer.",
    ),
    "JN2207": ErrorCode(
        "The org's list could not be proven complete, so nobody is created from it.",
        "Run again when the org answers steadily: a person who seems to be missing may only be on a page that was not seen.",
    ),
    "JN2208": ErrorCode("Both sides changed the same value.", "Make both sides equal, or decide in joiner.toml who owns the attribute."),
    "JN2209": ErrorCode(
        "An inactive account matches a person who is new to the source.",
        "Decide whether it is the same person: approve the return, or correct the address.",
    ),
    "JN2210": ErrorCode(
        "The user name that a person should get is taken by another account.",
        "Correct the address in the source, or free the name in the org.",
    ),
    "JN2211": ErrorCode(
        "The org answered yes and shows something else.",
        "Look at the value in the org: it may have been changed or normalised there. The next cycle looks again.",
    ),
    "JN2212": ErrorCode("The account changed in the org between looking and writing.", "Nothing was written. Run another cycle."),
    "JN2213": ErrorCode("Nobody in the sources or the org answers to this name.", "Use an e-mail address, a source key, or source:key."),
    "JN2214": ErrorCode(
        "No rule writes this attribute, so Joiner never touches it.",
        "Name one of the mapped attributes; who set this one is in the org's own log.",
    ),
    "JN3001": ErrorCode(
        "The plan is stale: a source, the org or the rules moved since it was made.",
        "Look at the new plan and apply that one. Nothing was sent.",
    ),
    "JN3003": ErrorCode("The plan was made by another version of Joiner, or is damaged.", "Make a new plan."),
    "JN4001": ErrorCode(
        "The disk that holds our database is full.", "Free some space and run the same command again. What was acknowledged is kept."
    ),
    "JN4002": ErrorCode(
        "Our database may not be written by this user, or its disk is mounted read-only.",
        "Give this user write permission on the file and its folder.",
    ),
    "JN4003": ErrorCode("Our database cannot be opened.", "Check that the folder exists and that this user may write in it."),
    "JN4004": ErrorCode("The disk failed while our database was used.", "Check the disk and its mount, then run the same command again."),
    "JN4005": ErrorCode(
        "Another process kept the database busy for longer than we wait.", "Wait for it to end, or stop it, and run the command again."
    ),
    "JN4006": ErrorCode("Our database file is damaged, or is no database.", "Restore it from a backup. The next run then only plans."),
    "JN4007": ErrorCode(
        "The database refused a statement of ours.", "This is our mistake. Please report it with the lines of the message."
    ),
    "JN4008": ErrorCode(
        "The file named as the engine's database belongs to another program or to a hosted org.",
        "Name another file as database in joiner.toml.",
    ),
    "JN4009": ErrorCode(
        "The database was written by a newer Joiner.", "Run the newer Joiner, or restore the backup taken before the upgrade."
    ),
    "JN4010": ErrorCode("Another run holds this pipe.", "Wait for it to end. If it crashed, its hold lapses at the time shown."),
    "JN4011": ErrorCode(
        "This run no longer holds its pipe: another one took it.", "Let the other run finish. The next run looks again and plans again."
    ),
    "JN4012": ErrorCode("An intent was noted twice under one id.", "This is our mistake. Please report it with the lines of the message."),
    "JN4013": ErrorCode(
        "An outcome was reported for an intent that was never noted.",
        "This is our mistake. Please report it with the lines of the message.",
    ),
    "JN4014": ErrorCode("No plan with this hash is stored.", "Make a plan and approve that one."),
    "JN4015": ErrorCode(
        "What was agreed about a person cannot be read from our database.", "Restore it from a backup. The next run then only plans."
    ),
    "JN4020": ErrorCode("The file is not a database of hosted orgs.", "Name another file with --database."),
    "JN4021": ErrorCode("A name in a hosted org is taken.", "Choose another name, or use what exists."),
    "JN4022": ErrorCode("A hosted org, or a client of it, does not exist.", "Correct the name, or create it first."),
    "JN4024": ErrorCode("A write to the orgs' database was lost with another that shared its transaction.", "Send the request again."),
    "JN4030": ErrorCode(
        "PostgreSQL cannot be reached, or broke the connection.",
        "Check that it runs and can be reached from here. Requests are answered again as soon as it does.",
    ),
    "JN4031": ErrorCode("PostgreSQL does not let us in.", "Check user, password and database name, and pg_hba.conf of the server."),
    "JN4032": ErrorCode("PostgreSQL took too long for a statement.", "Send the request again, or ask for less."),
    "JN4033": ErrorCode(
        "The connection to PostgreSQL broke while a change was being kept: whether it was is not known.",
        "Send the request again, or look first.",
    ),
    "JN4034": ErrorCode("A text with the character NUL cannot be kept.", "Leave the character out."),
    "JN4035": ErrorCode(
        "This PostgreSQL cannot keep hosted orgs: too old, or not in UTF-8.", "Use a newer server, or a database in UTF-8."
    ),
    "JN6401": ErrorCode("The command was called wrongly.", "Look at  joiner --help  or  joiner COMMAND --help."),
    "JN6402": ErrorCode(
        "The pipe is not named, or there is none of this name in joiner.toml.", "Name one of the pipes that the message lists."
    ),
    "JN6403": ErrorCode(
        "There is no such error code, or nobody of this name in the sources or the org.", "Look at the nearest names in the message."
    ),
    "JN6404": ErrorCode("There is no stored plan of this name.", "Run  joiner plan  and use the id that it prints last."),
    "JN6405": ErrorCode("A file that was named on the command line cannot be read or written.", "Correct the path, or its permissions."),
    "JN6406": ErrorCode("The address to listen on cannot be used.", "Name a free one:  joiner serve --listen 127.0.0.1:8471."),
    "JN6407": ErrorCode(
        "joiner init would write over a joiner.toml that is there.", "Remove it first, or name another file with --config."
    ),
    "JN6408": ErrorCode(
        "joiner init does not recognise the column that identifies people, or the one with their address.",
        "Name them:  joiner init people.csv --key COLUMN --email COLUMN.",
    ),
    "JN6420": ErrorCode(
        "A connection has no such setting, or there is no such kind of connection.", "Use the nearest name that the message shows."
    ),
    "JN6421": ErrorCode("A setting of a connection has a value that it cannot take.", "Use one of the values that the message lists."),
    "JN6422": ErrorCode(
        "A schema or resource type of an org cannot be kept like this.", "Correct the definition where the message says, and send it again."
    ),
    "JN6423": ErrorCode(
        "A guide was asked for an identity provider that has no client in this org.",
        "Create the client first; the message holds the command.",
    ),
    "JN6424": ErrorCode("A feed of changes cannot be set up like this.", "Correct what the message names."),
    "JN6425": ErrorCode(
        "A command that looks at SCIM was called without a token, or with a status that is none.", "Write it as the message says."
    ),
    "JN6426": ErrorCode(
        "There is no SCIM server at this URL, or it does not take this token.",
        "Correct the base URL, or make a new token; nothing was tried.",
    ),
    "JN9001": ErrorCode(
        "Something happened that Joiner did not foresee: a fault of ours.",
        "Nothing was sent after it. Run again with JOINER_DEBUG=1 and report what it prints.",
    ),
}
