using Michi.Approach;

namespace Michi.UnitTests.Procurement;

public sealed class ProcurementReaderTests : IDisposable
{
    internal static InitiativeLibrary Library { get; } = InitiativeReader.Read(Path.Combine(ProjectFolder.Path, "content", "initiatives"), PackReader.Read(Path.Combine(ProjectFolder.Path, "content", "approach")).Pack!).Library!;
    private static readonly string Shipped = Path.Combine(ProjectFolder.Path, "content", "procurement");
    private readonly string _folder = Directory.CreateTempSubdirectory("michi-procurement-").FullName;

    internal static ProcurementTemplates Templates => ProcurementReader.Read(Shipped, Library).Templates!;

    public ProcurementReaderTests()
    {
        foreach (var file in Directory.EnumerateFiles(Shipped, "*.yaml", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_folder, Path.GetRelativePath(Shipped, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_ShippedTemplates_AreSoundInBothLanguages()
    {
        var reading = ProcurementReader.Read(Shipped, Library);

        Assert.Empty(reading.Problems);
        Assert.Equal(15, reading.Templates!.Sections.Count);
        Assert.Equal("Exit and handover", reading.Templates.Words("en")["sections.exit.name"]);
        Assert.Equal("終了と引継ぎ", reading.Templates.Words("ja")["sections.exit.name"]);
    }

    [Theory]
    [InlineData("procurement.yaml", "weight: 35", "weight: 36", PackProblemCode.WrongValue)]
    [InlineData("procurement.yaml", "risks: [cyber-attack]", "risks: [cyber-attak]", PackProblemCode.UnknownReference)]
    [InlineData("procurement.yaml", "- { id: good, points: 90 }", "- { id: good, points: 190 }", PackProblemCode.WrongValue)]
    [InlineData("procurement.yaml", "- { id: weak, points: 50 }", "- { id: poor, points: 50 }", PackProblemCode.DuplicateId)]
    [InlineData("ja/procurement.yaml", "{purpose}", "{porpose}", PackProblemCode.UnknownReference)]
    [InlineData("ja/procurement.yaml", "      rehearsal:", "      rehersal:", PackProblemCode.MissingText)]
    [InlineData("en/procurement.yaml", "      rehearsal:", "      rehersal:", PackProblemCode.UnusedText)]
    public void Read_Fault_IsNamed(string file, string from, string to, PackProblemCode code)
    {
        var path = Path.Combine(_folder, file);
        var text = File.ReadAllText(path);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));

        Assert.Contains(ProcurementReader.Read(_folder, Library).Problems, p => p.Code == code && p.File == file);
    }
}
