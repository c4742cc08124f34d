"""A client of the OpenAPI with both signature schemes, for right and for deliberately wrong requests.

References: openapi.md chapters 3 (parameters), 4 (signatures), 5 (answers).
"""

import base64
import datetime
import hashlib
import hmac
import http.client
import json
import time
import urllib.parse
import uuid

from .waiting import wait_for

VERSION = "2014-05-26"
FINAL = {"Success", "Failed", "Timeout", "Error", "Invalid", "Aborted", "Cancelled", "Terminated"}


def encode(text):
    """Percent-encoding of the signatures: all but A-Z a-z 0-9 - _ . ~"""
    return urllib.parse.quote(str(text), safe="-_.~")


def query_of(parameters):
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in parameters)


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def flatten(parameters):
    """Lists become Name.1, Name.2 …; lists of dictionaries Name.1.Key …; True becomes true."""
    flat = []
    for name, value in parameters.items():
        if value is None:
            continue
        if isinstance(value, (list, tuple)):
            for index, item in enumerate(value, 1):
                if isinstance(item, dict):
                    flat += [(f"{name}.{index}.{key}", str(inner)) for key, inner in item.items()]
                else:
                    flat.append((f"{name}.{index}", str(item)))
        elif isinstance(value, bool):
            flat.append((name, "true" if value else "false"))
        else:
            flat.append((name, str(value)))
    return flat


def signature_v1(method, parameters, secret):
    """Signature 1.0 (openapi.md 4.1) of the decoded parameters, which must not contain Signature."""
    line = query_of(sorted(parameters, key=lambda pair: pair[0].encode()))
    text = f"{method}&%2F&{encode(line)}"
    return base64.b64encode(hmac.new((secret + "&").encode(), text.encode(), hashlib.sha1).digest()).decode()


def signature_acs3(method, parameters, headers, signed, body, secret):
    """ACS3-HMAC-SHA256 (openapi.md 4.2); `headers` in small letters, `signed` the sorted names."""
    canonical = "\n".join([method, "/", query_of(sorted(parameters, key=lambda pair: pair[0].encode())),
                           "".join(f"{name}:{headers[name].strip()}\n" for name in signed), ";".join(signed),
                           hashlib.sha256(body).hexdigest()])
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class Answer:
    """Status, headers (names in small letters), body as bytes."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The Code of an error; None of a success."""
        return self.json.get("Code")

    def ok(self):
        if self.status != 200:
            raise AssertionError(f"HTTP {self.status}: {self.body[:2000].decode(errors='replace')}")
        return self.json

    def __repr__(self):
        return f"<HTTP {self.status} {self.body[:500]!r}>"


class Api:
    """One access key at one server. Each call uses a connection of its own, so a restarted server is no surprise."""

    def __init__(self, url, key_id, secret, tls=None, region="cn-hangzhou", seconds=20):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.key_id, self.secret, self.tls, self.region, self.seconds = key_id, secret, tls, region, seconds

    # --- sending -------------------------------------------------------------------------------------------------

    def send(self, method, target, headers=None, body=b""):
        """One request as it stands."""
        if self.tls is None:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=self.seconds)
        else:
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=self.seconds, context=self.tls)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            answer = connection.getresponse()
            data = answer.read()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, data)
        finally:
            connection.close()

    @property
    def authority(self):
        return f"{self.host}:{self.port}"

    def acs3_headers(self, action, parameters, method="POST", body=b"", **changes):
        """Signed headers. `changes` replaces some before signing (None leaves one out), names with _ for -."""
        headers = {"host": self.authority, "x-acs-action": action, "x-acs-version": VERSION, "x-acs-date": utc_now(),
                   "x-acs-signature-nonce": uuid.uuid4().hex,
                   "x-acs-content-sha256": hashlib.sha256(body).hexdigest(), "accept": "application/json"}
        for name, value in changes.items():
            name = name.replace("_", "-")
            if value is None:
                headers.pop(name, None)
            else:
                headers[name] = value
        signed = sorted(name for name in headers if name.startswith("x-acs-") or name in ("host", "content-type"))
        signature = signature_acs3(method, parameters, headers, signed, body, self.secret)
        headers["authorization"] = (f"ACS3-HMAC-SHA256 Credential={self.key_id},SignedHeaders={';'.join(signed)},"
                                    f"Signature={signature}")
        return headers

    def v1_parameters(self, action, parameters, method="POST", **changes):
        """All parameters with the common ones and the signature. `changes` replaces common ones before signing."""
        common = {"Action": action, "Version": VERSION, "AccessKeyId": self.key_id, "SignatureMethod": "HMAC-SHA1",
                  "SignatureVersion": "1.0", "SignatureNonce": uuid.uuid4().hex, "Timestamp": utc_now(), "Format": "JSON"}
        common.update(changes)
        every = list(parameters) + [(name, value) for name, value in common.items() if value is not None]
        return every + [("Signature", signature_v1(method, every, self.secret))]

    # --- calling -------------------------------------------------------------------------------------------------

    def call(self, action, _scheme="acs3", _method="POST", _form=False, **parameters):
        """Calls an operation; RegionId is added unless given (None leaves it out)."""
        flat = flatten({"RegionId": self.region, **parameters})
        if _scheme == "acs3":
            body = query_of(flat).encode() if _form else b""
            query = [] if _form else flat
            more = {"content_type": "application/x-www-form-urlencoded"} if _form else {}
            headers = self.acs3_headers(action, query, _method, body, **more)
            return self.send(_method, "/" + ("?" + query_of(query) if query else ""), headers, body)
        every = self.v1_parameters(action, flat, _method)
        if _form:
            headers = {"content-type": "application/x-www-form-urlencoded"}
            return self.send(_method, "/", headers, query_of(every).encode())
        return self.send(_method, "/?" + query_of(every))

    # --- what many tests do --------------------------------------------------------------------------------------

    def run(self, script, ids, **parameters):
        """RunCommand of a shell script (text or bytes); the InvokeId."""
        if isinstance(script, str):
            script = script.encode()
        content = base64.b64encode(script).decode()
        answer = self.call("RunCommand", _form=len(content) > 50_000, Type="RunShellScript", CommandContent=content,
                           ContentEncoding="Base64", InstanceId=list(ids), **parameters)
        return answer.ok()["InvokeId"]

    def results(self, invoke_id, instance_id=None, **parameters):
        """Rows of DescribeInvocationResults, all pages."""
        rows, token = [], None
        while True:
            answer = self.call("DescribeInvocationResults", InvokeId=invoke_id, InstanceId=instance_id, MaxResults=50,
                               NextToken=token, **parameters).ok()["Invocation"]
            rows += answer["InvocationResults"]["InvocationResult"]
            token = answer["NextToken"]
            if not token:
                return rows

    def result(self, invoke_id, instance_id, **parameters):
        """The one row of an instance, with `Bytes`: its output decoded."""
        rows = self.results(invoke_id, instance_id, **parameters)
        if len(rows) != 1:
            raise AssertionError(f"{len(rows)} rows of {invoke_id} on {instance_id}, not one: {rows}")
        rows[0]["Bytes"] = base64.b64decode(rows[0]["Output"])
        return rows[0]

    def wait_for_status(self, invoke_id, instance_id, statuses, seconds=20):
        if isinstance(statuses, str):
            statuses = {statuses}

        def reached():
            row = self.result(invoke_id, instance_id)
            if row["InvocationStatus"] in statuses:
                return row
            if row["InvocationStatus"] in FINAL:
                raise AssertionError(f"{invoke_id} on {instance_id} is {row['InvocationStatus']} "
                                     f"({row['ErrorCode']} {row['ErrorInfo']}), not one of {sorted(statuses)}")
            return None

        return wait_for(reached, seconds, f"{invoke_id} on {instance_id} becomes one of {sorted(statuses)}")

    def wait_until_final(self, invoke_id, instance_id, seconds=20):
        return self.wait_for_status(invoke_id, instance_id, FINAL, seconds)

    def wait_for_output(self, invoke_id, instance_id, piece, seconds=10):
        """Waits until the output contains `piece` (bytes); the time it was seen, on the monotonic clock."""
        wait_for(lambda: piece in self.result(invoke_id, instance_id)["Bytes"], seconds,
                 f"output of {invoke_id} has {piece!r}")
        return time.monotonic()

    def output(self, invoke_id, instance_id):
        """All that is kept of an output, page by page: [(offset, bytes)], without what was dropped between them."""
        pieces, offset = [], 0
        while True:
            row = self.result(invoke_id, instance_id, OutputOffset=offset, OutputLength=1 << 20)
            if not row["Bytes"]:
                return pieces
            pieces.append((row["OutputOffset"], row["Bytes"]))
            offset = row["OutputOffset"] + len(row["Bytes"])

    def run_and_wait(self, script, instance_id, seconds=20, **parameters):
        return self.wait_until_final(self.run(script, [instance_id], **parameters), instance_id, seconds)
