"""The original bundler's rules, written once more with other tools: objcopy by way of Intel hex, Python's
protobuf, a schema typed in from the published facts. Prints nothing if our bundle is the same.

usage: bundler.py PROGRAM.elf BUNDLE.zip [GRACE CHECK_IN KERNEL [POINT_HEX]]
"""
import hashlib
import pathlib
import subprocess
import sys
import tempfile
import zipfile

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FLASH_BYTES = 0x100000
SCHEMA = {
    "OpaqueManifest": {"signer_id": ("uint64", 1), "body": ("bytes", 2), "signature": ("bytes", 3)},
    "Region": {"start": ("uint32", 1), "size": ("uint32", 2)},
    "Where": {"internal_flash": ("Region", 1), "external_flash": ("Region", 2)},
    "Layer": {"target": ("Where", 1), "encrypted_with_key_id": ("uint64", 2),
              "fetch_hash": ("bytes", 3), "measurement_hash": ("bytes", 4)},
    "Debug": {"debuggable": ("bool", 1), "debug_auth_pubkey": ("bytes", 2)},
    "Update": {"maximum_politeness_time_sec": ("uint32", 1), "minimum_kernel_version": ("uint32", 2)},
    "Connectivity": {"connection_grace_time_sec": ("uint32", 1),
                     "minimum_check_in_time_sec": ("uint32", 2)},
    "Body": {"layers": ("Layer", 1), "debug": ("Debug", 2), "update": ("Update", 4),
             "connectivity": ("Connectivity", 5)},
}


def message_classes():
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="b.proto", package="b", syntax="proto3")
    for name, fields in SCHEMA.items():
        message = file.message_type.add(name=name)
        for field, (kind, number) in fields.items():
            added = message.field.add(name=field, number=number, label=kinds.LABEL_OPTIONAL)
            if kind in SCHEMA:
                added.type, added.type_name = kinds.TYPE_MESSAGE, ".b." + kind
            else:
                added.type = getattr(kinds, "TYPE_" + kind.upper())
            if field == "layers":
                added.label = kinds.LABEL_REPEATED
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    get = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
    return {name: get(pool.FindMessageTypeByName("b." + name)) for name in SCHEMA}


def rom_of(elf):
    with tempfile.TemporaryDirectory() as folder:
        hexadecimal, binary = f"{folder}/rom.hex", f"{folder}/rom.bin"
        subprocess.run(["arm-none-eabi-objcopy", "-O", "ihex", elf, hexadecimal], check=True)
        subprocess.run(["arm-none-eabi-objcopy", "-I", "ihex", "-O", "binary", "--gap-fill=0xff",
                        hexadecimal, binary], check=True)
        return pathlib.Path(binary).read_bytes()


def manifest_of(rom, grace, check_in, kernel, point):
    classes = message_classes()
    body = classes["Body"]()
    layer = body.layers.add()
    layer.target.internal_flash.start = 0
    layer.target.internal_flash.size = FLASH_BYTES
    layer.fetch_hash = hashlib.sha256(rom).digest()
    layer.measurement_hash = hashlib.sha256(rom + b"\xff" * (FLASH_BYTES - len(rom))).digest()
    body.update.minimum_kernel_version = kernel
    body.connectivity.connection_grace_time_sec = grace
    body.connectivity.minimum_check_in_time_sec = check_in
    if point:
        body.debug.debug_auth_pubkey = point
    return classes["OpaqueManifest"](body=body.SerializeToString(deterministic=True)).SerializeToString()


def main():
    elf, bundle = sys.argv[1:3]
    numbers = [int(text) for text in sys.argv[3:6]] or [0, 0, 0]
    point = bytes.fromhex(sys.argv[6]) if len(sys.argv) > 6 else b""
    rom = rom_of(elf)
    assert len(rom) < FLASH_BYTES
    with zipfile.ZipFile(bundle) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
        kinds = {info.compress_type for info in archive.infolist()}
    name = hashlib.sha256(rom).hexdigest()
    assert set(files) == {"manifest", name}, f"{sorted(files)}, not {name}"
    assert kinds == {zipfile.ZIP_DEFLATED}
    assert files[name] == rom
    expected = manifest_of(rom, *numbers, point)
    assert files["manifest"] == expected, f"{files['manifest'].hex()} is not {expected.hex()}"


main()
