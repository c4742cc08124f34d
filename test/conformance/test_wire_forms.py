"""Requests as the public clients make them, byte by byte from the reference (openapi.md), against the real server.

What no SDK of test_sdk.py sends: other clients split parameters, leave headers out, number lists otherwise, ask for XML or
pages in their own way. Each test names the chapter from which its requests are built.
"""

import base64
import hashlib
import http.client
import json
import select
import time
import unittest
import uuid
import xml.etree.ElementTree as xml

from harness import Agent, Server, WorldTest, raw
from harness.api import VERSION, encode, query_of, signature_acs3, signature_v1
from harness.waiting import wait_for

FORM = "application/x-www-form-urlencoded"
REGION = ("RegionId", "cn-hangzhou")


class Wire(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.server = Server(world, insecure_http=True, config='limits = "compat"\n').start()
        cls.api = cls.server.api()
        cls.machines = [Agent(world, cls.server, f"m{i}").register(cls.api).id for i in range(2)]

    def ask(self, method, target, headers=(), body=b""):
        """One request with these header lines and no others (Host apart); the status, headers and body."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.api.authority}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers]
        answer = raw.exchange(self.server.port, "\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        head, _, rest = answer.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        return raw.status_of(answer), {name.lower(): value for name, value in fields.items()}, rest

    def signed(self, action, parameters=(), method="POST", **changes):
        return self.api.v1_parameters(action, [REGION, *parameters], method, **changes)

    def good(self, method, target, headers=(), body=b""):
        status, _, text = self.ask(method, target, headers, body)
        self.assertEqual(status, 200, text)
        return json.loads(text)

    def call(self, action, *parameters):
        """POST, all in the query, no body and no type: as Node's SDK of signature 1.0."""
        return self.good("POST", "/?" + query_of(self.signed(action, parameters)), [("Content-Length", "0")])

    def refused(self, action, *parameters):
        status, _, text = self.ask("POST", "/?" + query_of(self.signed(action, parameters)), [("Content-Length", "0")])
        return status, json.loads(text)["Code"]


class Transport(Wire):
    """Chapter 2."""

    def test_parameters_in_query_body_or_both(self):
        every = self.signed("CreateCommand", [("Type", "RunShellScript"), ("Name", "split a+b 中"),
                                              ("CommandContent", "ZWNobyAx")])
        common = [(name, value) for name, value in every if name not in ("Type", "Name", "CommandContent", "RegionId")]
        own = [pair for pair in every if pair not in common]
        # The Terraform provider: common ones in the query, the others in the form.
        body = query_of(own).encode()
        made = self.good("POST", "/?" + query_of(common), [("Content-Type", FORM), ("Content-Length", len(body))], body)
        [command] = self.call("DescribeCommands", ("CommandId", made["CommandId"]))["Commands"]["Command"]
        self.assertEqual(command["Name"], "split a+b 中")
        # All in the body, Action included (pop-core).
        body = query_of(self.signed("DescribeCommands", [("PageSize", "7")])).encode()
        answer = self.good("POST", "/", [("Content-Type", FORM), ("Content-Length", len(body))], body)
        self.assertEqual(answer["PageSize"], 7)
        # A name in both is the body's.
        every = self.signed("DescribeCommands", [("PageSize", "9")])
        body = b"PageSize=9"
        rest = [("PageSize", "8")] + [pair for pair in every if pair[0] != "PageSize"]
        answer = self.good("POST", "/?" + query_of(rest), [("Content-Type", FORM), ("Content-Length", len(body))], body)
        self.assertEqual(answer["PageSize"], 9)

    def test_an_empty_post_with_all_in_the_query(self):
        for headers in ([("Content-Length", "0")], [], [("Content-Length", "0"), ("Content-Type", FORM)],
                        [("Content-Length", "0"), ("Content-Type", FORM + "; charset=utf-8")],
                        [("Content-Length", "0"), ("Content-Type", FORM.title())]):
            with self.subTest(headers=headers):
                self.good("POST", "/?" + query_of(self.signed("DescribeCommands")), headers)

    def test_a_plus_is_a_space_and_small_hex_digits_are_read(self):
        every = self.signed("DescribeCommands", [("Name", "a b*c~")])
        line = query_of(every).replace("a%20b%2Ac~", "a+b%2ac%7E")
        self.assertIn("a+b%2ac%7E", line)
        self.good("POST", "/?" + line, [("Content-Length", "0")])

    def test_headers_that_clients_add_change_nothing(self):
        extra = [("x-acs-action", "DeleteCommand"), ("x-acs-version", "1999-01-01"), ("x-sdk-client", "Node.js(v18)"),
                 ("x-sdk-invoke-type", "normal"), ("x-acs-retry-attempts", "2"), ("User-Agent", "AlibabaCloud (Linux)"),
                 ("Accept-Encoding", "identity"), ("Accept", "application/xml"), ("X-Empty", "")]
        answer = self.good("GET", "/?" + query_of(self.signed("DescribeCommands", method="GET")), extra)
        self.assertIn("Commands", answer)  # Accept decides nothing with signature 1.0
        status, headers, _ = self.ask("GET", "/?" + query_of(self.signed("DescribeCommands", method="GET")), extra)
        self.assertEqual(status, 200)
        self.assertNotIn("content-encoding", headers)

    def test_unknown_parameters_are_ignored(self):
        self.call("DescribeCommands", ("OwnerId", "1"), ("OwnerAccount", "a"), ("ResourceOwnerId", "2"),
                  ("ResourceOwnerAccount", "b"), ("SourceIp", "10.0.0.1"), ("SecureTransport", "true"),
                  ("SystemTag.1.Key", "k"), ("SystemTag.1.Value", "v"), ("SystemTag.1.Scope", "s"), ("SignatureType", ""),
                  ("pageSize", "nonsense"), ("name", "x"))

    def test_request_lines_of_128_kib_and_414_beyond(self):
        """A script of 24 KB in Base64, percent-encoded Chinese text, and filling up to the limit."""
        content = base64.b64encode(("# 中文\n" * 1800).encode()).decode()
        content = content[:24576]
        made = self.call("CreateCommand", ("Type", "RunShellScript"), ("Name", "long"), ("CommandContent", content),
                         ("Description", "描" * 512))
        [command] = self.call("DescribeCommands", ("CommandId", made["CommandId"]))["Commands"]["Command"]
        self.assertEqual((command["CommandContent"], command["Description"]), (content, "描" * 512))
        limit = 128 * 1024
        for length, expected in ((limit, 200), (limit + 200, 414)):
            filling = length - len("POST /? HTTP/1.1") - len(query_of(self.signed("DescribeCommands", [("Fill", "")])))
            while True:  # a signature's length changes by its percent signs
                line = "/?" + query_of(self.signed("DescribeCommands", [("Fill", "x" * filling)]))
                if len(f"POST {line} HTTP/1.1") <= length:
                    break
                filling -= 1
            with self.subTest(length=length):
                status, _, text = self.ask("POST", line, [("Content-Length", "0")])
                self.assertEqual(status, expected, text[:200])

    def test_chunks_of_every_size(self):
        for size in (1, 7, 4096):
            body = query_of(self.signed("DescribeCommands")).encode()
            pieces = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(body[i:i + size]), body[i:i + size])
                              for i in range(0, len(body), size))
            with self.subTest(size=size):
                self.good("POST", "/", [("Content-Type", FORM), ("Transfer-Encoding", "chunked")],
                          pieces + b"0\r\nTrailer: x\r\n\r\n")

    def test_a_connection_is_kept_over_idle_seconds(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        sockets = set()
        for pause in (0, 0, 3, 0):
            time.sleep(pause)  # what a client does between two calls, not a wait for something
            connection.request("POST", "/?" + query_of(self.signed("DescribeCommands")))
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200, answer.read())
            answer.read()
            sockets.add(connection.sock)
        self.assertEqual(len(sockets), 1, "the connection was not reused")
        connection.close()

    def test_other_methods_are_an_error_of_the_api(self):
        for method in ("PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"):
            status, headers, _ = self.ask(method, "/?" + query_of(self.signed("DescribeCommands", method=method)),
                                          [("Content-Length", "0")])
            self.assertEqual((status, headers["content-type"]), (400, "application/json;charset=utf-8"), method)

    def test_a_body_too_large_is_told_in_the_callers_format(self):
        head = [("Content-Type", FORM), ("Content-Length", 17 << 20)]
        status, headers, text = self.ask("POST", "/?Format=JSON", head)
        self.assertEqual((status, json.loads(text)["Code"]), (413, "RequestBodyTooLarge"))
        self.assertEqual(headers["x-acs-request-id"], json.loads(text)["RequestId"])
        status, headers, text = self.ask("POST", "/", head)
        self.assertEqual((status, headers["content-type"]), (413, "text/xml;charset=utf-8"))
        self.assertEqual(xml.fromstring(text).find("Code").text, "RequestBodyTooLarge")
        self.assertEqual(self.ask("POST", "/luban/api/v1/task/finish", head)[0], 413)

    def test_of_large_bodies_64_are_taken_at_once(self):
        half = (f"POST /?Format=JSON HTTP/1.1\r\nHost: h\r\nContent-Type: {FORM}\r\nContent-Length: 2000000\r\n\r\n"
                "x=").encode()
        busy = []
        try:
            for _ in range(70):
                busy.append(raw.connect(self.server.port))
                busy[-1].sendall(half)

            def refused():
                return select.select(busy, [], [], 0)[0]

            wait_for(lambda: len(refused()) == 6, 20, "six of seventy are answered")
            answer = raw.read_all(refused()[0])
            self.assertEqual(raw.status_of(answer), 503)
            self.assertIn(b"Retry-After: 1", answer)
            self.assertEqual(json.loads(answer.partition(b"\r\n\r\n")[2])["Code"], "ServiceUnavailable")
            self.call("DescribeCommands")  # small ones pass
        finally:
            for connection in busy:
                connection.close()
        body = query_of(self.signed("DescribeCommands", [("Unknown", "x" * 1_500_000)])).encode()

        def taken():  # the places come back when the connections are seen to be closed
            status, _, text = self.ask("POST", "/", [("Content-Type", FORM), ("Content-Length", len(body))], body)
            self.assertIn(status, (200, 503), text)
            return status == 200

        wait_for(taken, 10, "a large body is taken again")


class Parameters(Wire):
    """Chapter 3."""

    def targets(self, *parameters):
        """Of a RunCommand with these parameters, the machines that it was for."""
        made = self.call("RunCommand", ("Type", "RunShellScript"), ("CommandContent", "echo 1"), *parameters)
        [row] = self.call("DescribeInvocations", ("InvokeId", made["InvokeId"]))["Invocations"]["Invocation"]
        self.call("StopInvocation", ("InvokeId", made["InvokeId"]))
        return sorted(each["InstanceId"] for each in row["InvokeInstances"]["InvokeInstance"])

    def test_every_form_of_a_list_of_machines(self):
        a, b = self.machines
        both = sorted(self.machines)
        letters = [(f"InstanceId.{i}", letter) for i, letter in enumerate(a, 1)]
        for form, expected in (
                ([("InstanceId.1", a), ("InstanceId.2", b)], both), ([("InstanceId.2", b), ("InstanceId.9", a)], both),
                ([("InstanceIds.1", a), ("InstanceIds.2", b)], both), ([("InstanceIds", json.dumps([a, b]))], both),
                ([("InstanceIds", f"['{a}', '{b}']")], both), ([("InstanceIds", f"{a},{b}")], both),
                ([("InstanceIds", f" {a} , {b} ")], both), ([("InstanceId", a)], [a]), (letters, [a]),
                ([("InstanceId.1", a), ("InstanceId.2", a)], [a]),
                # Where several forms are there, the first of the reference's order wins.
                ([("InstanceId.1", a), ("InstanceIds.1", b)], [a]), ([("InstanceIds.1", a), ("InstanceIds", b)], [a]),
                ([("InstanceIds", a), ("InstanceId", b)], [a])):
            with self.subTest(form=form):
                self.assertEqual(self.targets(*form), expected)

    def test_the_forms_for_the_other_operations_that_take_machines(self):
        a, b = self.machines
        for form in ([("InstanceIds", json.dumps([b, a]))], [("InstanceIds", f"{b},{a}")],
                     [("InstanceId.1", b), ("InstanceId.2", a)]):
            rows = self.call("DescribeCloudAssistantStatus", *form)["InstanceCloudAssistantStatusSet"]
            self.assertEqual([row["InstanceId"] for row in rows["InstanceCloudAssistantStatus"]], [b, a])
            sent = self.call("SendFile", ("Name", "f"), ("TargetDir", "/tmp"), ("Content", "x"), *form)
            [file] = self.call("DescribeSendFileResults", ("InvokeId", sent["InvokeId"]))["Invocations"]["Invocation"]
            self.assertEqual(file["VmCount"], 2)
            made = self.call("RunCommand", ("Type", "RunShellScript"), ("CommandContent", "echo 1"), *form)
            self.call("StopInvocation", ("InvokeId", made["InvokeId"]), *form)
        letters = [(f"InstanceId.{i}", letter) for i, letter in enumerate(a, 1)]
        rows = self.call("DescribeCloudAssistantStatus", *letters)["InstanceCloudAssistantStatusSet"]
        self.assertEqual([row["InstanceId"] for row in rows["InstanceCloudAssistantStatus"]], [a])

    def test_truths_in_any_case_and_numbers_as_text(self):
        for word in ("true", "True", "TRUE", "tRuE"):
            made = self.call("CreateCommand", ("Type", "RunShellScript"), ("CommandContent", "ZWNobyB7e2F9fQ=="),
                             ("EnableParameter", word), ("Timeout", "120"))
            [command] = self.call("DescribeCommands", ("CommandId", made["CommandId"]))["Commands"]["Command"]
            self.assertEqual((command["EnableParameter"], command["Timeout"]), (True, 120))
        self.assertEqual(self.refused("CreateCommand", ("Type", "RunShellScript"), ("CommandContent", "ZWNobyAx"),
                                      ("EnableParameter", "yes")), (400, "InvalidEnableParameter"))
        # What aliyuncli always adds.
        self.targets(("InstanceId.1", self.machines[0]), ("Timed", "false"))
        self.targets(("InstanceId.1", self.machines[0]), ("Timed", "False"))

    def test_lists_of_objects(self):
        made = self.call("CreateCommand", ("Type", "RunShellScript"), ("CommandContent", "ZWNobyAx"),
                         ("Tag.10.Key", "last"), ("Tag.10.Value", "3"), ("Tag.2.Key", "no value"), ("Tag.1.Key", "a"),
                         ("Tag.1.Value", ""))
        [command] = self.call("DescribeCommands", ("CommandId", made["CommandId"]))["Commands"]["Command"]
        tags = sorted((tag["TagKey"], tag["TagValue"]) for tag in command["Tags"]["Tag"])
        self.assertEqual(tags, [("a", ""), ("last", "3"), ("no value", "")])
        self.assertEqual(self.refused("CreateCommand", ("Type", "RunShellScript"), ("CommandContent", "ZWNobyAx"),
                                      ("Tag.1.Value", "v")), (400, "MissingParameter.TagKey"))

    def test_names_are_case_sensitive_and_empty_is_absent(self):
        self.assertEqual(self.refused("DeleteCommand", ("commandId", "c-1")), (400, "MissingCommandId"))
        self.assertEqual(self.refused("DeleteCommand", ("CommandId", "")), (400, "MissingCommandId"))
        self.assertEqual(self.refused("describeCommands"), (404, "InvalidAction.NotFound"))
        self.assertEqual(self.call("DescribeCommands", ("PageSize", ""), ("Name", ""))["PageSize"], 10)

    def test_an_object_as_json_text_and_not_as_javascript_shows_one(self):
        script = [("Type", "RunShellScript"), ("CommandContent", "echo {{a}}"), ("EnableParameter", "true"),
                  ("InstanceId.1", self.machines[0])]
        made = self.call("RunCommand", *script, ("Parameters", '{"a":"中 &"}'))
        [row] = self.call("DescribeInvocations", ("InvokeId", made["InvokeId"]))["Invocations"]["Invocation"]
        self.assertEqual(json.loads(row["Parameters"]), {"a": "中 &"})
        self.assertEqual(self.refused("RunCommand", *script, ("Parameters", "[object Object]")),
                         (400, "InvalidParameter.Parameters"))


class Formats(Wire):
    """Chapter 5."""

    def test_xml_is_the_default_of_signature_1_0(self):
        for changes in ({"Format": None}, {"Format": "xml"}, {"Format": "XML"}, {"Format": ""}):
            every = self.signed("DescribeRegions", method="GET", **changes)
            status, headers, text = self.ask("GET", "/?" + query_of(every), [("Accept", "application/json")])
            self.assertEqual((status, headers["content-type"]), (200, "text/xml;charset=utf-8"), text)
            root = xml.fromstring(text)
            self.assertEqual(root.tag, "DescribeRegionsResponse")
            self.assertEqual(root.find("RequestId").text, headers["x-acs-request-id"])
            self.assertEqual(root.find("Regions/Region/RegionId").text, "cn-hangzhou")

    def test_acs3_answers_json_unless_accept_asks_for_xml_alone(self):
        for accept, kind in ((None, "json"), ("application/json", "json"), ("*/*", "json"), ("text/xml", "xml"),
                             ("application/xml, application/json", "json"), ("application/xml", "xml")):
            headers = self.api.acs3_headers("DescribeRegions", [], accept=accept)
            answer = self.api.send("POST", "/", headers)
            self.assertEqual(answer.status, 200, answer)
            self.assertIn(kind, answer.headers["content-type"], accept)

    def test_errors_have_the_envelope_in_both(self):
        status, _, text = self.ask("POST", "/?" + query_of(self.signed("DeleteCommand", [("CommandId", "c-0")])))
        error = json.loads(text)
        self.assertEqual((status, error["Code"], error["Message"], error["HostId"]),
                         (404, "InvalidCmdId.NotFound", "The specified command ID does not exist.", self.api.authority))
        every = self.signed("DeleteCommand", [("CommandId", "c-0")], Format=None)
        status, _, text = self.ask("POST", "/?" + query_of(every))
        root = xml.fromstring(text)
        self.assertEqual((status, root.tag, root.find("Code").text), (404, "Error", "InvalidCmdId.NotFound"))
        self.assertEqual(root.find("HostId").text, self.api.authority)

    def test_json_is_raw_utf8_without_a_mark_and_wrappers_are_never_missing(self):
        made = self.call("CreateCommand", ("Type", "RunShellScript"), ("Name", "名字 é \U0001f600"),
                         ("CommandContent", "ZWNobyAx"))
        _, _, text = self.ask("POST", "/?" + query_of(self.signed("DescribeCommands",
                                                                  [("CommandId", made["CommandId"])])))
        self.assertIn("名字 é \U0001f600".encode(), text)
        self.assertNotIn(b"\\u", text)
        self.assertTrue(text.startswith(b"{"))
        [command] = json.loads(text)["Commands"]["Command"]
        self.assertEqual((command["Tags"], command["ParameterNames"]), ({"Tag": []}, {"ParameterName": []}))


class Paging(Wire):
    """Chapter 6."""

    def test_pages_by_number_and_by_token(self):
        made = []
        for i in range(5):
            answer = self.call("CreateCommand", ("Type", "RunShellScript"), ("Name", f"paged-{i}"),
                               ("CommandContent", "ZWNobyAx"))
            made.insert(0, answer["CommandId"])
        ids = lambda answer: [row["CommandId"] for row in answer["Commands"]["Command"]]
        name = ("Name", "paged-*")
        pages = [self.call("DescribeCommands", name, ("PageNumber", str(n)), ("PageSize", "2")) for n in (1, 2, 3, 4)]
        self.assertEqual([ids(page) for page in pages], [made[:2], made[2:4], made[4:], []])
        for number, page in enumerate(pages, 1):
            self.assertEqual((page["PageNumber"], page["PageSize"], page["TotalCount"], page["NextToken"]),
                             (number, 2, 5, ""))
        token, seen = "", []
        while True:
            more = [("NextToken", token)] if token else []
            # Once MaxResults or NextToken is there, PageNumber and PageSize are not looked at, not even at their form.
            page = self.call("DescribeCommands", name, ("MaxResults", "2"), ("PageNumber", "nonsense"),
                             ("PageSize", "0"), *more)
            seen += ids(page)
            if not token:  # what is new does not shift pages
                self.call("CreateCommand", ("Type", "RunShellScript"), ("Name", "paged-new"),
                          ("CommandContent", "ZWNobyAx"))
            token = page["NextToken"]
            if not token:
                break
            self.assertRegex(token, r"\A[A-Za-z0-9_.~-]+\Z")
        self.assertEqual(seen, made)
        # NextToken alone: ten rows; of another filter or operation it is refused.
        first = self.call("DescribeCommands", name, ("MaxResults", "1"))["NextToken"]
        self.assertEqual(ids(self.call("DescribeCommands", name, ("NextToken", first))), made)
        self.assertEqual(self.refused("DescribeCommands", ("NextToken", first)), (400, "InvalidParameter.NextToken"))
        self.assertEqual(self.refused("DescribeInvocations", ("NextToken", first)),
                         (400, "InvalidParameter.NextToken"))
        for wrong, code in ((("PageNumber", "0"), "InvalidParam.PageNumber"), (("PageSize", "51"), "InvalidParam.PageSize"),
                            (("MaxResults", "51"), "InvalidParameter.MaxResults")):
            self.assertEqual(self.refused("DescribeCommands", wrong), (400, code))

    def test_the_fields_of_results_are_inside(self):
        answer = self.call("DescribeInvocationResults", ("InvokeId", "t-none"))
        self.assertEqual(sorted(answer), ["Invocation", "RequestId"])
        self.assertEqual({name: answer["Invocation"][name] for name in ("PageNumber", "PageSize", "TotalCount", "NextToken")},
                         {"PageNumber": 1, "PageSize": 10, "TotalCount": 0, "NextToken": ""})


class Idempotency(Wire):
    """Chapter 7."""

    def test_a_token_works_over_clients_and_forms(self):
        token = ("ClientToken", "Token-" + uuid.uuid4().hex)
        own = [("Type", "RunShellScript"), ("Name", "once"), ("CommandContent", "ZWNobyAx"), token]
        first = self.call("CreateCommand", *own)
        body = query_of(self.signed("CreateCommand", own)).encode()
        second = self.good("POST", "/", [("Content-Type", FORM), ("Content-Length", len(body))], body)
        third = self.api.call("CreateCommand", **dict(own)).ok()
        self.assertEqual({first["CommandId"]}, {second["CommandId"], third["CommandId"]})
        self.assertEqual(len({first["RequestId"], second["RequestId"], third["RequestId"]}), 3)
        self.assertEqual(self.refused("CreateCommand", *own[:1], ("Name", "other"), *own[2:]),
                         (403, "IdempotentParameterMismatch"))
        # A request that failed does not use its token up; tokens differ by case and by operation.
        fresh = "token-" + uuid.uuid4().hex
        self.refused("CreateCommand", *own[:2], ("CommandContent", "###"), ("ClientToken", fresh))
        again = self.call("CreateCommand", *own[:3], ("ClientToken", fresh))
        upper = self.call("CreateCommand", *own[:3], ("ClientToken", fresh.upper()))
        self.assertNotEqual(again["CommandId"], upper["CommandId"])
        self.call("CreateActivation", ("ClientToken", fresh))

    def test_a_dry_run_checks_and_records_nothing(self):
        run = [("Type", "RunShellScript"), ("CommandContent", "echo 1"), ("Name", "dry"), ("RepeatMode", "DryRun")]
        before = self.call("DescribeInvocations")["TotalCount"]
        self.assertFalse(self.call("RunCommand", *run, ("InstanceId.1", self.machines[0])).get("InvokeId"))
        self.assertEqual(self.refused("RunCommand", *run, ("InstanceId.1", "i-none")), (404, "InvalidInstance.NotFound"))
        self.assertEqual(self.call("DescribeInvocations")["TotalCount"], before)


class Clients(Wire):
    """Chapter 10: the same call as each client signs and sends it. Chapter 4 has the rules of signing."""

    def test_each_client_reaches_the_operation(self):
        own = [REGION, ("PageSize", "3")]
        v1 = lambda method, **changes: self.api.v1_parameters("DescribeCommands", own, method, **changes)
        sdk = [("x-sdk-client", "Node.js(v18.0.0), Core/1"), ("Accept", "application/json")]
        common = [pair for pair in v1("POST") if pair[0] not in ("RegionId", "PageSize")]
        requests = {
            "Node, signature 1.0": ("POST", v1("POST", Format="json"), [("Content-Length", "0"), *sdk], None),
            "pop-core GET": ("GET", v1("GET"), [("x-sdk-invoke-type", "normal")], None),
            "pop-core POST": ("POST", None, [("Content-Type", FORM)], v1("POST")),
            "Go v1, aliyun": ("POST", v1("POST"), [("Content-Type", FORM), ("Content-Length", "0"),
                                                     ("Accept-Encoding", "identity"), ("x-sdk-client", "golang/1.0")], None),
            "Python, aliyuncli": ("GET", v1("GET"), [("Accept-Encoding", "identity"), ("x-acs-region-id", "cn-hangzhou"),
                                                       ("x-acs-action", "DescribeCommands"),
                                                       ("x-acs-version", VERSION)], None),
            "Python POST with an empty SignatureType": ("POST", v1("POST", SignatureType=""), [("Content-Length", "0")], None),
            "Java, JSON": ("POST", v1("POST"), [("Content-Type", FORM), ("Content-Length", "0"), ("Accept", "JSON"),
                                                  ("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")], None),
        }
        every = v1("POST")
        requests["Terraform"] = ("POST", [pair for pair in every if pair not in own], [("Content-Type", FORM)], own)
        self.assertEqual(len(common) + 2, len(every))
        for name, (method, query, headers, form) in requests.items():
            with self.subTest(client=name):
                body = query_of(form).encode() if form else b""
                if form:
                    headers = [*headers, ("Content-Length", len(body))]
                answer = self.good(method, "/" + ("?" + query_of(query) if query else ""), headers, body)
                self.assertEqual(answer["PageSize"], 3)

    def test_acs3_as_the_present_sdks_send_it(self):
        # No question mark at all without parameters; commas with and without a space; header names in any case.
        for parameters in ([], [REGION, ("PageSize", "3"), ("Name", "a b*~中")]):
            action = "DescribeCommands" if parameters else "DescribeRegions"
            for separator in (",", ", "):
                headers = self.api.acs3_headers(action, parameters, x_acs_credentials_provider="static_ak",
                                                x_acs_retry_attempts="0")
                headers["authorization"] = headers["authorization"].replace(",", separator)
                lines = [(name.title(), value) for name, value in headers.items() if name != "host"]
                target = "/" + ("?" + query_of(parameters) if parameters else "")
                self.good("POST", target, [*lines, ("Content-Length", "0")])
                self.assertNotEqual("", target)

    def test_acs3_signs_a_header_that_was_sent_twice_and_spaces_around(self):
        headers = self.api.acs3_headers("DescribeRegions", [])
        signed = ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-twice",
                  "x-acs-version"]
        signature = signature_acs3("POST", [], {**headers, "x-acs-twice": "a,b"}, signed, b"", self.api.secret)
        headers["authorization"] = (f"ACS3-HMAC-SHA256 Credential={self.api.key_id},SignedHeaders={';'.join(signed)},"
                                    f"Signature={signature}")
        lines = [(name, f"  {value} ") for name, value in headers.items() if name != "host"]
        self.good("POST", "/", [*lines, ("X-Acs-Twice", "b"), ("X-Acs-Twice", "a"), ("Content-Length", "0")])

    def test_other_algorithms_are_refused_by_name(self):
        for scheme in ("ACS3-HMAC-SM3", "ACS3-RSA-SHA256"):
            headers = self.api.acs3_headers("DescribeRegions", [])
            headers["authorization"] = headers["authorization"].replace("ACS3-HMAC-SHA256", scheme)
            answer = self.api.send("POST", "/", headers)
            self.assertEqual((answer.status, answer.code), (400, "InvalidSignatureMethod"))
        every = self.signed("DescribeRegions", SignatureType="BEARERTOKEN", BearerToken="x")
        status, _, text = self.ask("POST", "/?" + query_of(every), [("Content-Length", "0")])
        self.assertEqual((status, json.loads(text)["Code"]), (400, "InvalidSignatureMethod"))

    def test_our_string_to_sign_is_the_callers_when_only_the_secret_is_wrong(self):
        every = self.signed("DescribeCommands", [("Name", "a b")])
        pairs = [pair for pair in every if pair[0] != "Signature"]
        line = "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(pairs))
        wrong = pairs + [("Signature", "d3Jvbmc=")]
        _, _, text = self.ask("POST", "/?" + query_of(wrong), [("Content-Length", "0")])
        message = json.loads(text)["Message"]
        self.assertEqual(message.split("server string to sign is:")[1], f"POST&%2F&{encode(line)}")


class Vectors(unittest.TestCase):
    """Chapter 4.4: the harness signs as the reference does, so that what it sends proves something."""

    def test_version_1_0(self):
        common = [("SignatureMethod", "HMAC-SHA1"), ("SignatureVersion", "1.0"), ("Version", VERSION),
                  ("AccessKeyId", "testid")]
        first = common + [("Action", "DescribeRegions"), ("Format", "XML"), ("Timestamp", "2016-02-23T12:46:24Z"),
                          ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf")]
        self.assertEqual(signature_v1("GET", first, "testsecret"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=")
        second = common + [("Action", "DescribeDedicatedHosts"), ("Format", "JSON"), ("RegionId", "cn-beijing"),
                           ("Timestamp", "2023-03-13T08:34:30Z"), ("SignatureNonce", "edb2b34af0af9a6d14deaf7c1a5315eb")]
        self.assertEqual(signature_v1("GET", second, "testsecret"), "9NaGiOspFP5UPcwX8Iwt2YJXXuk=")
        self.assertEqual(signature_v1("POST", second, "testsecret"), "ZvQ9xGiFnquSJRvj+WE6kdSpTwU=")

    def test_acs3(self):
        headers = {"host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances", "x-acs-version": VERSION,
                   "x-acs-date": "2023-10-26T10:22:32Z", "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
                   "x-acs-content-sha256": hashlib.sha256(b"").hexdigest()}
        query = [("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"), ("RegionId", "cn-shanghai")]
        self.assertEqual(signature_acs3("POST", query, headers, sorted(headers), b"", "YourAccessKeySecret"),
                         "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")


if __name__ == "__main__":
    unittest.main()
