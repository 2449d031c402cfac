using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Michi.Assessment.Exchange;
using static Michi.UnitTests.Exchange.RawWorkbook;

namespace Michi.UnitTests.Exchange;

/// <summary>Files made to break the program: each is refused with a problem, quickly and within memory, or is read.</summary>
public sealed class HostileFileTests
{
    private const long MaxAllocated = 500_000_000;

    // What is allocated in all is more than what is ever held at once.
    private static List<string> Measured(byte[] file, double seconds = 5)
    {
        var (before, watch) = (GC.GetAllocatedBytesForCurrentThread(), ProcessorTime.Start());
        var problems = Problems(file);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocated);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, seconds);
        return problems;
    }

    private static byte[] Part(Action<Stream> write, CompressionLevel level = CompressionLevel.Fastest) => Repacked(OfEvidence(""), (name, bytes) =>
    {
        if (name != "xl/worksheets/s0.xml") return bytes;
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }, level);

    [Fact]
    public void Read_ZipBomb_IsRefusedUnopened() => Assert.Equal(["xlsx-ratio"], Measured(Part(s => s.Write(new byte[40_000_000]), CompressionLevel.SmallestSize)));

    [Fact]
    public void Read_MoreThanFiftyMegabytesUnpacked_IsRefusedUnopened()
    {
        var random = new Random(1);
        // Hexadecimal digits pack to about half, so that size alone is the reason.
        Assert.Equal(["xlsx-unpacked"], Measured(Part(stream =>
        {
            var bytes = new byte[26_000_000];
            random.NextBytes(bytes);
            stream.Write(Encoding.ASCII.GetBytes(Convert.ToHexString(bytes)));
        })));
    }

    [Fact]
    public void Read_AMillionRows_AreRefusedFast()
    {
        var random = new Random(1);
        Assert.Equal(["Evidence!A20002 too-many-rows"], Measured(Part(stream =>
        {
            using var writer = new StreamWriter(stream);
            writer.Write($"<worksheet><sheetData>{EvidenceHeader()}");
            for (var row = 2; row <= 1_000_000; row++) writer.Write($"<row><c><v>{random.Next(1_000_000)}</v></c></row>");
            writer.Write("</sheetData></worksheet>");
        })).Where(p => p.Contains("rows", StringComparison.Ordinal)));
    }

    public static TheoryData<string, string> HostileXml => new()
    {
        { "entities", "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><worksheet><sheetData><row r=\"1\"><c t=\"inlineStr\"><is><t>&b;</t></is></c></row></sheetData></worksheet>" },
        { "external entity", "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><worksheet/>" },
        { "depth", string.Concat(Enumerable.Repeat("<a>", 1_000_000)) },
        { "attributes", $"<worksheet {string.Concat(Enumerable.Range(0, 500_000).Select(i => $" a{i}=\"\""))}/>" },
        { "names", $"<worksheet>{string.Concat(Enumerable.Range(0, 500_000).Select(i => $"<a{i}/>"))}</worksheet>" },
        { "text", $"<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>{new string('x', 10_000_000)}</t></is></c></row></sheetData></worksheet>" },
        { "rows backwards", "<worksheet><sheetData><row r=\"5\"/><row r=\"4\"/></sheetData></worksheet>" },
        { "column", "<worksheet><sheetData><row r=\"1\"><c r=\"ZZZZZZZ1\"><v>1</v></c></row></sheetData></worksheet>" },
        { "number", "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1e999</v></c></row></sheetData></worksheet>" },
        { "shared text", "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>99</v></c></row></sheetData></worksheet>" },
        { "row number", "<worksheet><sheetData><row r=\"99999999999\"/></sheetData></worksheet>" },
        { "no XML", "PK\u0003\u0004" },
        { "nothing", "" },
    };

    [Theory, MemberData(nameof(HostileXml))]
    public void Read_HostileSheet_IsRefusedWithinMemory(string what, string xml)
    {
        Assert.NotEmpty(what);
        Assert.Equal(["xlsx-damaged"], Measured(Part(s => s.Write(Encoding.UTF8.GetBytes(xml)), CompressionLevel.NoCompression)));
    }

    [Fact]
    public void Read_MoreCellsThanASurveyHas_IsRefused()
    {
        var row = string.Concat(Enumerable.Repeat("<c><v>1</v></c>", 15_000));
        Assert.Contains("Evidence too-many-cells", Measured(Part(s =>
        {
            s.Write(Encoding.UTF8.GetBytes($"<worksheet><sheetData>{EvidenceHeader()}"));
            for (var i = 0; i < 100; i++) s.Write(Encoding.UTF8.GetBytes($"<row>{row}</row>"));
            s.Write("</sheetData></worksheet>"u8);
        }, CompressionLevel.NoCompression)));
    }

    [Fact]
    public void Read_ManyParts_IsRefused() => Assert.Equal(["xlsx-parts"], Measured(Zip(Enumerable.Range(0, 3_000).Select(i => ($"p{i}", "")))));

    [Fact]
    public void Read_SizesThatLie_AreRefused()
    {
        var file = OfEvidence(EvidenceRow(2));
        for (var at = file.AsSpan().IndexOf("PK\x01\x02"u8); at >= 0; at = file.AsSpan(at + 4).IndexOf("PK\x01\x02"u8) is var next && next >= 0 ? at + 4 + next : -1)
        {
            var lying = (byte[])file.Clone();
            BinaryPrimitives.WriteUInt32LittleEndian(lying.AsSpan(at + 24), BinaryPrimitives.ReadUInt32LittleEndian(lying.AsSpan(at + 24)) - 5);
            Assert.Equal(["xlsx-damaged"], Measured(lying));
        }
    }

    [Fact]
    public void Read_OldOrLockedWorkbook_SaysSo() => Assert.Equal(["xlsx-old-or-locked"], Problems([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]));

    [Fact]
    public void Read_CutOffAnywhere_IsRefused()
    {
        var file = OfEvidence(EvidenceRow(2));
        for (var length = 1; length < file.Length; length += Math.Max(1, file.Length / 400)) Assert.NotEmpty(Problems(file[..length]));
    }

    [Fact]
    public void Read_FlippedBytes_GivesProblemsOrAFileAndNeverBreaks()
    {
        using var stream = new MemoryStream();
        PlaceWorkbook.Write(stream, ExchangeSamples.Random(3), ExchangeSamples.Pack, ExchangeSamples.Texts, "ja");
        var (whole, raw, random, watch, cases) = (stream.ToArray(), OfEvidence(EvidenceRow(2) + EvidenceRow(3, ("date", "<c r=\"@\" s=\"1\"><v>45174</v></c>"))), new Random(20261122), Stopwatch.StartNew(), 0);
        void Flip(byte[] bytes)
        {
            for (var flips = random.Next(1, 6); flips > 0 && bytes.Length > 0; flips--) bytes[random.Next(bytes.Length)] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => (byte)"<>\"/&'=;:0A"[random.Next(11)], _ => 0 };
        }
        while (watch.Elapsed < TimeSpan.FromSeconds(20) && cases < 6_000)
        {
            cases++;
            byte[] file;
            if (cases % 3 == 0)
            {
                file = (byte[])whole.Clone();
                Flip(file);
            }
            else
            {
                // Past the checksums, into what the parts say.
                file = Repacked(raw, (_, bytes) =>
                {
                    if (random.Next(3) == 0) Flip(bytes);
                    return bytes;
                });
            }
            try
            {
                Problems(file);
            }
            catch (Exception fault)
            {
                Assert.Fail($"Case {cases}: {fault}");
            }
        }
        Assert.InRange(cases, 300, 6_000);
    }

    [Fact]
    public void ReadCsv_RandomBytes_GivesProblemsOrAFileAndNeverBreaks()
    {
        using var stream = new MemoryStream();
        PlaceCsv.Write(stream, ExchangeSamples.Random(4), "evidence", ExchangeSamples.Pack, ExchangeSamples.Texts);
        var (file, random) = (stream.ToArray(), new Random(20261122));
        for (var i = 0; i < 1_500; i++)
        {
            var bytes = (byte[])file.Clone();
            for (var flips = random.Next(1, 10); flips > 0; flips--) bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : "\",;\n\r\t="[random.Next(7)]);
            Problems(bytes);
        }
    }

    public static TheoryData<string, string> FaultyJson => new()
    {
        { "{\"places\":[],\"spelling\":1}", "json-unknown-field" },
        { "{\"places\":[{\"slug\":\"aa\",\"latitude\":NaN}]}", "json" },
        { "{\"places\":[{\"slug\":\"aa\",\"kind\":\"country\",\"names\":{\"en\":\"A\"},\"latitude\":1e400}]}", "range" },
        { "{\"places\":[{\"slug\":\"aa\",\"kind\":\"country\",\"names\":{\"en\":\"A\"},\"latitude\":\"NaN\"}]}", "json" },
        { "{\"assessments\":[{\"rounds\":[{\"number\":99999999999999999999}]}]}", "json" },
        { "{\"evidence\":[{\"id\":\"a\",\"id\":\"b\"}]}", "json" },
        { "{\"evidence\":[{\"statement\":{\"en\":\"a\",\"en\":\"b\"}}]}", "json" },
        { "{\"evidence\":[{\"source\":\"\\ud800\"}]}", "json" },
        { "{\"note\":{\"en\":null}}", "required" },
        { "{\"evidence\":[null]}", "required" },
        { "{\"evidence\":null}", "json" },
        { "{\"places\":[{\"slug\":\"aa\",\"kind\":\"country\",\"names\":{\"en\":\"A\"},\"boundary\":{\"type\":\"\\ud800\",\"coordinates\":[]}}]}", "boundary" },
        { "{\"places\":[{\"slug\":\"aa\",\"kind\":\"country\",\"names\":{\"en\":\"A\"},\"boundary\":{\"type\":\"Polygon\",\"coordinates\":[[1,2]]}}]}", "boundary-ring" },
        { "{\"format\":\"michi/9\"}", "format" },
        { "[1]", "json" },
        { "{", "json" },
        { "{}x", "json" },
        { "{\"a\":", "json" },
        { string.Concat(Enumerable.Repeat("{\"note\":", 10_000)), "json" },
        { $"{{\"places\":[{{\"boundary\":{new string('[', 200_000)}", "json" },
        { $"{{\"evidence\":[{string.Join(',', Enumerable.Repeat("{}", 300_000))}]}}", "too-many-values" },
        { $"{{\"note\":{{{string.Join(',', Enumerable.Range(0, 2_200_000).Select(i => $"\"k{i}\":\"\""))}}}}}", "too-many-values" },
    };

    [Theory, MemberData(nameof(FaultyJson), DisableDiscoveryEnumeration = true)]
    public void ReadJson_Faulty_IsRefusedWithItsReason(string json, string code) => Assert.EndsWith(code, Measured(Encoding.UTF8.GetBytes(json)).First(), StringComparison.Ordinal);

    [Fact]
    public void ReadJson_RandomBytes_GivesProblemsOrAFileAndNeverBreaks()
    {
        var (json, random) = (PlaceFileJson.Write(ExchangeSamples.Random(6)), new Random(20261122));
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = (byte[])json.Clone();
            for (var flips = random.Next(1, 6); flips > 0; flips--) bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : "\"{}[],:\\0n"[random.Next(10)]);
            Problems(bytes);
        }
    }
}
