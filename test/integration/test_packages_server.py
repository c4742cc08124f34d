"""Packages on the server: uploads that go on, what is refused and why, what agents are given. The machine is a client of
the stock protocol, which proves who it is as agents do; the manifests are signed by the openssl program."""

import base64
import hashlib
import json
import os
import shutil
import subprocess

from harness import Server, WorldTest
from harness.stock_agent import Key, StockAgent

PACKAGE = "/luban/api/v1/assist/package"
ARTIFACT = "/luban/api/v1/assist/artifact/"


class Publisher:
    """An Ed25519 key in a folder."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.key = folder, os.path.join(folder, "publisher.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519", "-out", self.key], check=True, capture_output=True)
        der = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.public = der[-32:]

    def envelope(self, manifest):
        signed, signature = os.path.join(self.folder, "signed"), os.path.join(self.folder, "signature")
        with open(signed, "wb") as file:
            file.write(b"assist-manifest-v1\n" + manifest)
        subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", self.key, "-rawin", "-in", signed, "-out", signature],
                       check=True, capture_output=True)
        with open(signature, "rb") as file:
            return {"Manifest": base64.b64encode(manifest).decode(), "Signature": base64.b64encode(file.read()).decode(),
                    "PublicKey": "ed25519:" + base64.b64encode(self.public).decode()}


def manifest_of(archive, name="nginx-conf", version="1.0", sequence=10, **more):
    fields = {"Format": 1, "Kind": "package", "Name": name, "Version": version, "Os": "linux", "Arch": "all",
              "Sequence": sequence, "Files": [], "Publisher": "Example",
              "Archive": {"Format": "tar.zst", "Sha256": hashlib.sha256(archive).hexdigest(),
                          "Md5": hashlib.md5(archive).hexdigest(), "Size": len(archive), "UnpackedSize": 0, "Files": 0}}
    fields.update(more)
    return json.dumps(fields).encode()


class PackagesOnTheServer(WorldTest):
    def setUp(self):
        super().setUp()
        self.server = Server(self.world).start()
        self.api = self.server.api()
        self.publisher = Publisher(self.world.path("publisher"))

    def put(self, archive, offset=0, piece=None, sha256=None):
        content = base64.b64encode(archive if piece is None else piece).decode()
        return self.api.call("PutArtifact", _form=True, Sha256=sha256 or hashlib.sha256(archive).hexdigest(),
                             Size=len(archive), Offset=offset, Content=content or None)

    def publish(self, manifest, **more):
        return self.api.call("PublishPackage", _form=True, Envelope=json.dumps(self.publisher.envelope(manifest)), **more)

    def audited(self, action="PublishPackage"):
        rows = self.api.call("DescribeAuditRecords", ActionName=action, MaxResults=10).ok()["AuditRecords"]["AuditRecord"]
        return [row["Result"] for row in rows]

    def agent(self):
        machine = StockAgent(self.server, Key(self.world.path("publisher")))
        activation = self.api.call("CreateActivation", InstanceCount=1).ok()
        machine.register(activation)
        self.assertIsNotNone(machine.id)
        return machine

    def ask(self, machine, name="nginx-conf", **more):
        body = {"Name": name, "Os": "linux", "Arch": "amd64", **more}
        return machine.signed("POST", PACKAGE, json.dumps(body).encode())

    def test_an_upload_goes_on_after_a_kill_and_what_is_published_reaches_agents(self):
        archive = os.urandom(2_500_000)
        pieces = [archive[:1_000_000], archive[1_000_000:2_000_000], archive[2_000_000:]]
        self.assertEqual(self.put(archive, 0, pieces[0]).ok()["Received"], 1_000_000)
        self.server.kill()
        self.server.restart()
        progress = self.put(archive, 0, b"").ok()
        self.assertEqual((progress["Received"], progress["Complete"]), (1_000_000, False))
        self.assertEqual(self.put(archive, 0, pieces[0]).code, "InvalidOffset.Mismatch")
        self.assertEqual(self.publish(manifest_of(archive)).code, "InvalidPackage.ArtifactIncomplete")
        self.assertEqual(self.put(archive, 1_000_000, pieces[1]).ok()["Received"], 2_000_000)
        self.assertTrue(self.put(archive, 2_000_000, pieces[2]).ok()["Complete"])
        envelope = self.publisher.envelope(manifest_of(archive))
        done = self.api.call("PublishPackage", _form=True, Envelope=json.dumps(envelope), Channel=["stable"]).ok()
        self.assertFalse(done["Replaced"])

        machine = self.agent()
        answer = self.ask(machine)
        self.assertEqual(answer.json["Envelopes"], [envelope])
        sha256 = hashlib.sha256(archive).hexdigest()
        whole = machine.signed("GET", ARTIFACT + sha256)
        self.assertEqual((whole.status, whole.body), (200, archive))
        self.assertEqual(whole.headers["x-assist-sha256"], sha256)
        part = machine.send("GET", ARTIFACT + sha256, headers=machine.identity() + [("Range", "bytes=2400000-")])
        self.assertEqual((part.status, part.body), (206, archive[2_400_000:]))
        self.assertEqual(machine.send("GET", ARTIFACT + sha256).status, 401)
        self.assertEqual(machine.send("POST", PACKAGE, b"{}").status, 401)

    def test_what_is_tampered_with_or_old_is_refused_with_its_reason_which_is_audited(self):
        archive = b"an archive"
        self.assertEqual(self.put(archive, piece=b"an archivE").code, "InvalidArtifact.WrongHash")
        self.assertTrue(self.put(archive).ok()["Complete"])
        envelope = self.publisher.envelope(manifest_of(archive))
        tampered = {**envelope, "Manifest": base64.b64encode(manifest_of(archive, version="1.1")).decode()}
        refused = self.api.call("PublishPackage", _form=True, Envelope=json.dumps(tampered))
        self.assertEqual(refused.code, "InvalidPackage.BadSignature")
        self.assertEqual(self.publish(manifest_of(archive, Sequence=0)).code, "InvalidPackage.BadManifest")
        self.publish(manifest_of(archive, sequence=10)).ok()
        for sequence in (10, 9):
            self.assertEqual(self.publish(manifest_of(archive, sequence=sequence)).code, "InvalidPackage.OldManifest")
        self.assertTrue(self.publish(manifest_of(archive, sequence=11)).ok()["Replaced"])
        self.assertEqual(self.audited(), ["OK", "InvalidPackage.OldManifest", "InvalidPackage.OldManifest", "OK",
                                          "InvalidPackage.BadManifest", "InvalidPackage.BadSignature"])

    def test_what_is_not_published_or_removed_is_given_to_nobody(self):
        archive = b"an archive"
        sha256 = hashlib.sha256(archive).hexdigest()
        self.put(archive).ok()
        machine = self.agent()
        self.assertEqual(machine.signed("GET", ARTIFACT + sha256).status, 404)
        self.publish(manifest_of(archive), Channel=["stable"]).ok()
        self.publish(manifest_of(archive, name="app", Dependencies=[{"Name": "nginx-conf", "Version": ">=1"}])).ok()
        names = [json.loads(base64.b64decode(one["Manifest"]))["Name"] for one in self.ask(machine, "app").json["Envelopes"]]
        self.assertEqual(names, ["app", "nginx-conf"])
        version = {"Name": "nginx-conf", "PackageVersion": "1.0"}
        self.assertEqual(self.api.call("RemovePackage", **version).code, "InvalidPackage.InUse")
        self.api.call("SetPackageChannel", Name="nginx-conf", Channel="stable").ok()
        self.assertEqual(self.api.call("RemovePackage", **version).ok()["Count"], 1)
        missing = self.ask(machine, "app")
        self.assertEqual(missing.status, 404)
        self.assertIn(b"app 1.0 depends on nginx-conf >=1", missing.body)
        self.api.call("RemovePackage", Name="app", PackageVersion="1.0").ok()
        self.assertEqual(machine.signed("GET", ARTIFACT + sha256).status, 404)

    def test_a_stock_agent_is_refused_an_order_and_the_api_says_why(self):
        archive = b"an archive"
        self.put(archive).ok()
        self.publish(manifest_of(archive)).ok()
        machine = self.agent()
        order = self.api.call("ManagePackages", Verb="Install", Name="nginx-conf", InstanceId=[machine.id]).ok()
        self.assertEqual(order["PackageVersion"], "1.0")
        self.assertEqual(machine.fetch().json["run"], [])
        row = self.api.result(order["InvokeId"], machine.id)
        self.assertEqual((row["InvocationStatus"], row["ErrorCode"]), ("Aborted", "ClientNeedUpgrade"))
        self.assertIn("installs no packages", row["ErrorDetail"])
        self.assertEqual(row["Order"], {"Verb": "Install", "Name": "nginx-conf", "Version": "1.0"})

    def test_a_published_archive_that_is_lost_is_said_loudly_at_the_start(self):
        archive = b"an archive"
        sha256 = hashlib.sha256(archive).hexdigest()
        self.put(archive).ok()
        self.publish(manifest_of(archive)).ok()
        self.server.stop()
        shutil.rmtree(os.path.join(self.server.data, "artifacts"))
        self.server.restart()

        def said():
            log = self.server.program.log_text()
            return "artifact.missing" in log and sha256 in log
        self.wait_for(said, what="the loud word")
