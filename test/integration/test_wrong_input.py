"""Wrong input from the network: each gets its answer, nobody else waits, nothing crashes."""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import time
import unittest
import uuid
import warnings

from harness import Agent, Server, WorldTest, procfs, raw
from harness.api import VERSION, encode, query_of, utc_now


class WireTest(WorldTest):
    """One server for all; after each test it must be the same process and still answer."""

    SHARED = True
    INSECURE = False

    @classmethod
    def prepare(cls, world):
        cls.server = Server(world, insecure_http=cls.INSECURE).start()
        cls.api = cls.server.api()

    def setUp(self):
        super().setUp()
        self.addCleanup(self._assert_well)

    def _assert_well(self):
        self.assertTrue(self.server.program.running(), "the server has ended")
        self.api.call("DescribeCommands").ok()

    def exchange(self, request, seconds=10):
        return raw.exchange(self.server.port, request, None if self.INSECURE else self.server.tls(), seconds)


class OnTheTlsPort(WireTest):
    def test_plain_http_gets_426_one_line_and_a_close(self):
        for target in (b"/", b"/healthz", b"/luban/api/heart-beat?uptime=1", b"/?Action=DescribeCommands"):
            with self.subTest(target=target):
                answer = raw.exchange(self.server.port, b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertEqual(raw.status_of(answer), 426, answer)
                head, _, body = answer.partition(b"\r\n\r\n")
                self.assertEqual(len(body.strip().splitlines()), 1, answer)
                self.assertIn(b"https", body.lower())
                self.assertRegex(head.lower(), rb"connection: *close")

    def test_half_a_plain_request_does_not_hold_others_up(self):
        with raw.connect(self.server.port) as half:
            half.sendall(b"GET / HT")
            self.api.call("DescribeCommands").ok()

    def test_bytes_that_are_neither(self):
        for noise in (b"\x00" * 64, b"\xff" * 4096, b"\x16\x03\x01\xff\xff" + b"\x41" * 100, b"SSH-2.0-x\r\n"):
            with self.subTest(noise=noise[:8]):
                with raw.connect(self.server.port) as connection:
                    try:
                        connection.sendall(noise)
                        connection.shutdown(socket.SHUT_WR)
                    except OSError:
                        continue  # the server has closed already, which is what is wanted
                    raw.read_all(connection)  # ends: the server closes
        self.api.call("DescribeCommands").ok()

    def test_a_connection_that_says_nothing_and_one_that_goes_away(self):
        silent = [raw.connect(self.server.port) for _ in range(50)]
        for connection in silent[:25]:
            connection.close()
        begin = time.monotonic()
        self.api.call("DescribeCommands").ok()
        self.assertLess(time.monotonic() - begin, 2)
        for connection in silent[25:]:
            connection.close()

    def test_a_client_that_trusts_another_authority_is_not_let_in(self):
        other = ssl.create_default_context()
        with self.assertRaises(ssl.SSLCertVerificationError):
            raw.connect(self.server.port, other)

    def test_old_versions_of_tls_are_refused(self):
        context = self.server.tls()
        try:
            context.set_ciphers("ALL:@SECLEVEL=0")
        except ssl.SSLError:
            pass
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, ConnectionResetError)):
            raw.connect(self.server.port, context)


class Requests(WireTest):
    def status(self, request):
        return raw.status_of(self.exchange(request))

    def test_a_request_line_beyond_the_limit_is_414(self):
        line = b"GET /?x=" + b"a" * (300 * 1024) + b" HTTP/1.1\r\nHost: h\r\n\r\n"
        self.assertEqual(self.status(line), 414)

    def test_a_request_line_of_128_kib_is_read(self):
        answer = self.api.call("DescribeCommands", Unknown="a" * 120 * 1024)
        self.assertEqual(answer.status, 200)

    def test_headers_beyond_the_limit_are_431(self):
        head = b"GET / HTTP/1.1\r\nHost: h\r\n" + b"".join(b"x-%d: %s\r\n" % (i, b"a" * 1000) for i in range(200))
        self.assertIn(self.status(head + b"\r\n"), (431, 400))

    def test_a_body_beyond_the_limit_is_413_before_it_was_sent(self):
        answer = self.exchange(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                               b"Content-Length: 17000000\r\n\r\nx=1")
        self.assertEqual(raw.status_of(answer), 413)

    def test_chunks_beyond_the_limit_are_413(self):
        chunk = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
        answer = self.exchange(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                               b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 18 + b"0\r\n\r\n", 30)
        self.assertEqual(raw.status_of(answer), 413)

    def test_a_body_in_chunks_is_read(self):
        every = self.api.v1_parameters("DescribeCommands", [("RegionId", "cn-hangzhou")], "POST")
        body = query_of(every).encode()
        pieces = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 7]), body[i:i + 7]) for i in range(0, len(body), 7))
        answer = self.exchange(b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: "
                               b"application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces +
                               b"0\r\n\r\n")
        self.assertEqual(raw.status_of(answer), 200, answer)

    def test_what_is_not_http(self):
        for request in (b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET\r\n\r\n",
                        b"GET / HTTP/1.1\r\nbad header line\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            with self.subTest(request=request):
                answer = self.exchange(request)
                self.assertIn(raw.status_of(answer), (400, 501, 505, None), answer)

    def test_truncated_requests(self):
        whole = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nx=1"
        for length in range(0, len(whole), 5):
            with raw.connect(self.server.port, None if self.INSECURE else self.server.tls()) as connection:
                connection.sendall(whole[:length])

    def test_half_open_requests_do_not_hold_others_up(self):
        tls = None if self.INSECURE else self.server.tls()
        open_ones = []
        for _ in range(100):
            connection = raw.connect(self.server.port, tls)
            connection.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nx=")
            open_ones.append(connection)
        begin = time.monotonic()
        for _ in range(10):
            self.api.call("DescribeCommands").ok()
        self.assertLess(time.monotonic() - begin, 5)
        for connection in open_ones:
            connection.close()

    def test_memory_does_not_grow_with_large_requests_that_never_end(self):
        tls = None if self.INSECURE else self.server.tls()
        before = procfs.kilobytes(self.server.program.pid, "VmRSS")
        open_ones = []
        for _ in range(20):
            connection = raw.connect(self.server.port, tls)
            connection.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 16000000\r\n\r\n" + b"x" * 300_000)
            open_ones.append(connection)
        self.api.call("DescribeCommands").ok()
        after = procfs.kilobytes(self.server.program.pid, "VmRSS")
        for connection in open_ones:
            connection.close()
        self.assertLess(after - before, 64 * 1024)

    def test_several_requests_in_one_packet(self):
        one = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
        last = b"GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        answer = self.exchange(one + one + last)
        self.assertEqual(answer.count(b"HTTP/1.1 200"), 3, answer)

    def test_other_methods(self):
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
            with self.subTest(method=method):
                answer = self.api.send(method, "/?Action=DescribeCommands&Format=JSON")
                self.assertEqual((answer.status, answer.code), (400, "UnsupportedHTTPMethod"))

    def test_other_paths(self):
        for path in ("/nothing", "/luban", "/luban/api/nothing", "/../etc/passwd", "/%2e%2e/", "//"):
            with self.subTest(path=path):
                self.assertIn(self.api.send("GET", path).status, (400, 401, 403, 404))

    def test_health_says_ok_and_nothing_more(self):
        answer = self.api.send("GET", "/healthz")
        self.assertEqual((answer.status, answer.body.strip()), (200, b"ok"))

    def test_the_metrics_are_there_for_loopback(self):
        answer = self.api.send("GET", "/metrics")
        self.assertEqual(answer.status, 200)
        self.assertIn(b"# TYPE ", answer.body)


class Parameters(WireTest):
    def code(self, action, **parameters):
        answer = self.api.call(action, **parameters)
        return answer.status, answer.code

    def test_bad_utf8_is_refused(self):
        every = self.api.v1_parameters("CreateCommand", [("RegionId", "cn-hangzhou"), ("Type", "RunShellScript"),
                                                         ("CommandContent", "ZWNobyAx"), ("Name", "REPLACE")])
        # Signed over the very bytes: a name that is not UTF-8.
        pairs = [(name, value) for name, value in every if name != "Signature"]
        encoded = sorted((name, "%FF%FE" if value == "REPLACE" else encode(value)) for name, value in pairs)
        line = "&".join(f"{encode(name)}={value}" for name, value in encoded)
        text = f"POST&%2F&{encode(line)}"
        secret = (self.api.secret + "&").encode()
        signature = base64.b64encode(hmac.new(secret, text.encode(), hashlib.sha1).digest()).decode()
        answer = self.api.send("POST", f"/?{line}&Signature={encode(signature)}")
        self.assertEqual(answer.status // 100, 4, answer)
        json.loads(answer.body.decode("utf-8"))  # the answer itself is right

    def test_wrong_types(self):
        self.assertEqual(self.code("CreateCommand", Type="RunShellScript", Name="x", CommandContent="ZWNobyAx",
                                   Timeout="soon")[0], 400)
        self.assertEqual(self.code("DescribeCommands", PageSize="ten"), (400, "InvalidParam.PageSize"))
        self.assertEqual(self.code("DescribeCommands", PageSize=0), (400, "InvalidParam.PageSize"))
        self.assertEqual(self.code("DescribeCommands", PageNumber=-1), (400, "InvalidParam.PageNumber"))
        self.assertEqual(self.code("DescribeCommands", MaxResults=1001), (400, "InvalidParameter.MaxResults"))
        self.assertEqual(self.code("DescribeCommands", NextToken="no-token"), (400, "InvalidParameter.NextToken"))
        self.assertEqual(self.code("CreateCommand", Type="RunShellScript", Name="x", CommandContent="ZWNobyAx",
                                   EnableParameter="perhaps")[0], 400)

    def test_unknown_and_missing(self):
        self.assertEqual(self.code("NoSuchAction"), (404, "InvalidAction.NotFound"))
        self.assertEqual(self.code("createcommand"), (404, "InvalidAction.NotFound"))
        self.assertEqual(self.code("DeleteCommand"), (400, "MissingCommandId"))
        self.assertEqual(self.code("StopInvocation"), (400, "MissingInvokeId"))
        self.assertEqual(self.code("DescribeCommands", RegionId=None), (400, "MissingRegionId"))

    def test_content_that_is_not_base64(self):
        self.assertEqual(self.code("CreateCommand", Type="RunShellScript", Name="x", CommandContent="%%%"),
                         (400, "CmdContent.DecodeError"))

    def test_an_unknown_type(self):
        self.assertEqual(self.code("CreateCommand", Type="RunPerlScript", Name="x", CommandContent="ZWNobyAx"),
                         (404, "InvalidCmdType.NotFound"))

    def test_numbers_beyond_everything(self):
        for number in ("99999999999999999999999999", "-9223372036854775808", "1e9", "0x10", "１", ""):
            with self.subTest(number=number):
                self.assertIn(self.code("CreateCommand", Type="RunShellScript", Name="x", CommandContent="ZWNobyAx",
                                        Timeout=number)[0], (200, 400, 403))

    def test_ten_thousand_parameters(self):
        answer = self.api.call("DescribeCommands", _form=True, **{f"Unknown.{i}": "x" for i in range(10_000)})
        self.assertIn(answer.status, (200, 400, 413))

    def test_a_list_index_beyond_everything(self):
        answer = self.api.call("DescribeCloudAssistantStatus", **{"InstanceId.999999999999": "mi-x"})
        self.assertIn(answer.status, (200, 400, 403, 404))

    def test_names_with_every_kind_of_character(self):
        for name in ("a&b=c", "中文 名字", "quote\"'", "<xml>&amp;", "percent%41+plus", "line\nfeed", "\U0001f600"):
            with self.subTest(name=name):
                answer = self.api.call("CreateCommand", Type="RunShellScript", Name=name, CommandContent="ZWNobyAx")
                if answer.status != 200:
                    self.assertEqual(answer.code, "InvalidParameterCharacter.CommandName")
                    continue
                listed = self.api.call("DescribeCommands", CommandId=answer.json["CommandId"]).ok()
                self.assertEqual(listed["Commands"]["Command"][0]["Name"], name)


class Signatures(WireTest):
    def test_an_unknown_key(self):
        for scheme in ("acs3", "v1"):
            answer = self.server.api(key_id="nobody").call("DescribeCommands", _scheme=scheme)
            self.assertEqual((answer.status, answer.code), (404, "InvalidAccessKeyId.NotFound"))

    def test_a_wrong_secret(self):
        for scheme in ("acs3", "v1"):
            answer = self.server.api(secret="wrong").call("DescribeCommands", _scheme=scheme)
            self.assertEqual((answer.status, answer.code), (400, "SignatureDoesNotMatch"))
            self.assertIn("server string to sign is:", answer.json["Message"])

    def test_no_key(self):
        answer = self.api.send("GET", "/?" + query_of([("Action", "DescribeCommands"), ("Version", VERSION),
                                                        ("Format", "JSON")]))
        self.assertEqual((answer.status, answer.code), (400, "MissingAccessKeyId"))

    def test_times(self):
        for stamp, code in (("yesterday", "InvalidTimeStamp.Format"), ("2019-01-01T00:00:00Z", "InvalidTimeStamp.Expired"),
                            ("2999-01-01T00:00:00Z", "InvalidTimeStamp.Expired")):
            with self.subTest(stamp=stamp):
                old = self.api.v1_parameters("DescribeCommands", [("RegionId", "cn-hangzhou")], "GET", Timestamp=stamp)
                answer = self.api.send("GET", "/?" + query_of(old))
                self.assertEqual((answer.status, answer.code), (400, code))
                headers = self.api.acs3_headers("DescribeCommands", [("RegionId", "cn-hangzhou")], x_acs_date=stamp)
                answer = self.api.send("POST", "/?RegionId=cn-hangzhou", headers)
                self.assertEqual((answer.status, answer.code), (400, code))

    def test_a_nonce_is_used_once(self):
        headers = self.api.acs3_headers("DescribeCommands", [("RegionId", "cn-hangzhou")])
        self.assertEqual(self.api.send("POST", "/?RegionId=cn-hangzhou", headers).status, 200)
        again = self.api.send("POST", "/?RegionId=cn-hangzhou", headers)
        self.assertEqual((again.status, again.code), (400, "SignatureNonceUsed"))

    def test_a_nonce_of_a_wrong_signature_is_not_used_up(self):
        nonce = uuid.uuid4().hex
        stranger = self.server.api(secret="wrong")
        parameters = [("RegionId", "cn-hangzhou")]
        target = "/?RegionId=cn-hangzhou"
        answer = self.api.send("POST", target, stranger.acs3_headers("DescribeCommands", parameters,
                                                                     x_acs_signature_nonce=nonce))
        self.assertEqual(answer.code, "SignatureDoesNotMatch")
        answer = self.api.send("POST", target, self.api.acs3_headers("DescribeCommands", parameters,
                                                                     x_acs_signature_nonce=nonce))
        self.assertEqual(answer.status, 200, answer)

    def test_a_changed_parameter_is_noticed(self):
        every = self.api.v1_parameters("DescribeCommands", [("RegionId", "cn-hangzhou"), ("Name", "a")], "GET")
        changed = [(name, "b" if name == "Name" else value) for name, value in every]
        self.assertEqual(self.api.send("GET", "/?" + query_of(changed)).code, "SignatureDoesNotMatch")
        added = every + [("PageSize", "1")]
        self.assertEqual(self.api.send("GET", "/?" + query_of(added)).code, "SignatureDoesNotMatch")

    def test_a_changed_body_is_noticed(self):
        headers = self.api.acs3_headers("DescribeCommands", [], body=b"RegionId=cn-hangzhou",
                                        content_type="application/x-www-form-urlencoded")
        answer = self.api.send("POST", "/", headers, b"RegionId=cn-shanghai")
        self.assertEqual((answer.status, answer.code), (400, "SignatureDoesNotMatch"))

    def test_headers_that_must_be_signed(self):
        for name in ("x-acs-action", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256", "host"):
            with self.subTest(name=name):
                headers = self.api.acs3_headers("DescribeCommands", [("RegionId", "cn-hangzhou")],
                                                **{name.replace("-", "_"): None})
                values = {"x-acs-action": "DescribeCommands", "x-acs-date": utc_now(), "host": self.api.authority,
                          "x-acs-signature-nonce": uuid.uuid4().hex,
                          "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}
                headers[name] = values[name]  # there, but outside the signature
                answer = self.api.send("POST", "/?RegionId=cn-hangzhou", headers)
                self.assertEqual(answer.status, 400, answer)

    def test_nonsense_in_authorization(self):
        for value in ("ACS3-HMAC-SHA256", "ACS3-HMAC-SHA256 Credential=", "ACS3-HMAC-SHA256 ,,,===", "ACS3-HMAC-SM3 x",
                      "ACS3-" + "x" * 10_000):
            with self.subTest(value=value[:40]):
                headers = self.api.acs3_headers("DescribeCommands", [("RegionId", "cn-hangzhou")])
                headers["authorization"] = value
                answer = self.api.send("POST", "/?RegionId=cn-hangzhou", headers)
                self.assertIn(answer.status, (400, 404))
                self.assertTrue(answer.code)

    def test_the_same_name_in_capitals_is_another_parameter(self):
        answer = self.api.call("DescribeCommands", pagesize="ten")
        self.assertEqual(answer.status, 200)


class AgentRoutes(WireTest):
    """The agents' side for who is no agent."""

    ROUTES = (("GET", "/luban/api/heart-beat?uptime=1&timestamp=1&pid=1&process_uptime=1&index=0&seq_no=0"),
              ("POST", "/luban/api/v1/task/list?reason=startup&currentTime=1&offset=0&timeZone=UTC"),
              ("POST", "/luban/api/v1/task/running?taskId=t-1&start=1"),
              ("POST", "/luban/api/v1/task/finish?taskId=t-1&start=1&end=2&exitCode=0&dropped=0"),
              ("POST", "/luban/api/v1/task/stopped?taskId=t-1&start=1&end=2&exitcode=0&dropped=0&result=killed"),
              ("POST", "/luban/api/v1/task/timeout?taskId=t-1&start=1&end=2&exitCode=1&dropped=0"),
              ("POST", "/luban/api/v1/task/error?taskId=t-1&start=1&end=2&exitCode=1&dropped=0&errCode=1&errDesc=x"),
              ("POST", "/luban/api/v1/task/invalid?taskId=t-1&param=x&value=y"),
              ("POST", "/luban/api/instance/deregister"))

    def test_nobody_without_a_signature_is_let_in(self):
        for method, target in self.ROUTES:
            with self.subTest(target=target):
                self.assertIn(self.api.send(method, target).status, (401, 403))

    def test_nobody_with_an_invented_signature_is_let_in(self):
        headers = {"X-Acs-Instance-Id": "mi-x", "X-Acs-Timestamp": str(int(time.time() * 1000)),
                   "X-Acs-Request-Id": str(uuid.uuid4()), "X-Acs-Signature": "QUJD"}
        for method, target in self.ROUTES:
            with self.subTest(target=target):
                self.assertIn(self.api.send(method, target, headers).status, (401, 403))

    def test_a_web_socket_of_a_stranger_is_refused(self):
        tls = None if self.INSECURE else self.server.tls()
        with raw.connect(self.server.port, tls) as connection:
            socket_of_stranger = raw.WebSocket(connection, "/luban/notify_server", "localhost")
            self.assertIn(socket_of_stranger.status, (401, 403))

    def test_connection_detect_says_ok_to_everyone(self):
        answer = self.api.send("GET", "/luban/api/connection_detect")
        self.assertEqual((answer.status, answer.body), (200, b"ok"))

    def test_registration_with_nonsense(self):
        for body in (b"", b"{", b"[]", b"{\"activationCode\":1}", b"\xff\xfe", b"{}" * 1000, b"[" * 100_000):
            with self.subTest(body=body[:20]):
                answer = self.api.send("POST", "/luban/api/instance/register",
                                       {"Content-Type": "application/json; charset=utf-8"}, body)
                if answer.status == 200:
                    self.assertNotEqual(answer.json.get("code"), 200)
                else:
                    self.assertEqual(answer.status // 100, 4, answer)


class RegistrationByHand(WireTest):
    """`assist-agent register` when something is wrong: refused, with a message that helps, nothing left behind."""

    def register(self, *arguments, code="a-wrong"):
        agent = Agent(self.world, self.server, "nobody")
        return agent.command("register", "--server", self.server.url, "--activation-code", "-", *arguments,
                             text_in=code + "\n")

    def assert_refused(self, done, *words):
        self.assertNotEqual(done.returncode, 0, done.stdout)
        for word in words:
            self.assertRegex(done.stdout + done.stderr, word)
        self.assertEqual(self.api.call("DescribeManagedInstances").ok()["TotalCount"], 0)

    def test_a_bad_code(self):
        activation = self.api.call("CreateActivation").ok()
        self.assert_refused(self.register("--activation-id", activation["ActivationId"], "--ca-file", self.server.ca_file),
                            "(?i)activation|code")

    def test_without_trust_it_says_what_to_add(self):
        activation = self.api.call("CreateActivation").ok()
        done = self.register("--activation-id", activation["ActivationId"], code=activation["ActivationCode"])
        self.assert_refused(done, "--ca-fingerprint|--ca-file")
        self.assertNotIn(activation["ActivationCode"], done.stdout + done.stderr)

    def test_with_a_wrong_fingerprint(self):
        activation = self.api.call("CreateActivation").ok()
        self.assert_refused(self.register("--activation-id", activation["ActivationId"], "--ca-fingerprint",
                                          "sha256:" + "0" * 64, code=activation["ActivationCode"]), "(?i)fingerprint")

    def test_plain_http_to_another_machine(self):
        agent = Agent(self.world, self.server, "nobody")
        done = agent.command("register", "--server", "http://192.0.2.1:8443", "--activation-id", "x",
                             "--activation-code", "a-x")
        self.assert_refused(done, "(?i)loopback|https")

    def test_run_before_registration(self):
        done = Agent(self.world, self.server, "nobody").command("run")
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout + done.stderr, "register")


if __name__ == "__main__":
    unittest.main()
