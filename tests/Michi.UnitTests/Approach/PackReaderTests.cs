using Michi.Approach;

namespace Michi.UnitTests.Approach;

public sealed class PackReaderTests
{
    private static readonly string Shipped = Path.Combine(ProjectFolder.Path, "content", "approach");

    [Fact]
    public void Read_ShippedPack_IsSoundInBothLanguages()
    {
        var reading = PackReader.Read(Shipped);

        Assert.Empty(reading.Problems);
        Assert.Equal(5, reading.Pack!.Domains.Count);
        Assert.Equal(21, reading.Pack.Elements.Count);
        Assert.Equal("理念・ビジョン", reading.Pack.Words("ja").Name("elements", "P1"));
    }

    [Theory]
    [InlineData("pack.yaml", "domain: policy, weight: 1, ours: [name]", "domain: polcy, weight: 1", PackProblemCode.UnknownReference, "polcy")]
    [InlineData("pack.yaml", "- { element: P2, needs: P1 }", "- { element: P1, needs: P2 }\n  - { element: P2, needs: P1 }", PackProblemCode.Cycle, "P1 → P2 → P1")]
    [InlineData("pack.yaml", "{ id: P2, domain: policy, weight: 1 }", "{ id: P1, domain: policy, weight: 1 }", PackProblemCode.DuplicateId, "P1")]
    [InlineData("pack.yaml", "{ id: P2, domain: policy, weight: 1 }", "{ id: P2, domain: policy, weight: -1 }", PackProblemCode.WrongValue, "weight")]
    [InlineData("pack.yaml", "version: 1.0.0", "", PackProblemCode.MissingKey, "version")]
    [InlineData("stages.yaml", "majority: 0.6", "majority: 60", PackProblemCode.WrongValue, "majority")]
    [InlineData("stages.yaml", "veto: { P1: 0,", "veto: { X9: 0,", PackProblemCode.UnknownReference, "X9")]
    [InlineData("position.yaml", "large: { low: problem-oriented, middle", "large: { middle", PackProblemCode.MissingKey, "low")]
    [InlineData("evidence.yaml", "likelihood: [0.05, 0.20, 0.70, 1.00, 0.80]", "likelihood: [0.05, 0.20, 0.70, 1.00]", PackProblemCode.WrongValue, "likelihood")]
    [InlineData("ja/elements/policy.yaml", "  name: 理念・ビジョン", "  nome: 理念・ビジョン", PackProblemCode.MissingText, "elements.P1.name")]
    [InlineData("en/approach.yaml", "characteristics:", "characteristics:\n  metropolis: { name: x }", PackProblemCode.UnusedText, "characteristics.metropolis")]
    public void Read_FaultInAFile_NamesFileLineAndFault(string file, string sound, string faulty, PackProblemCode code, string argument)
    {
        var layer = PackReader.Read(Shipped).Pack!.Layers.Single();
        var text = layer.Files[file];
        Assert.Contains(sound, text, StringComparison.Ordinal);
        var files = layer.Files.ToDictionary(f => f.Key, f => f.Value);
        files[file] = text.Replace(sound, faulty, StringComparison.Ordinal);

        var problems = PackReader.Read([new("broken", files)]).Problems;

        var problem = Assert.Single(problems, p => p.Code == code && p.Arguments[0] == argument);
        Assert.Equal(file, problem.File);
        Assert.True(problem.Line > 0);
    }

    [Theory]
    [InlineData("a: &x [1]\nb: *x")]
    [InlineData("a: [")]
    [InlineData("? [a]\n: b")]
    public void Read_NotAPlainYamlFile_IsASyntaxProblemWithLine(string text)
    {
        var problems = PackReader.Read([new("broken", new Dictionary<string, string> { ["pack.yaml"] = text })]).Problems;

        Assert.Contains(problems, p => p is { Code: PackProblemCode.Syntax, File: "pack.yaml", Line: > 0 });
    }

    [Fact]
    public void Read_DeepNesting_IsRefusedWithoutOverflow()
    {
        var problems = PackReader.Read([new("deep", new Dictionary<string, string> { ["pack.yaml"] = "a: " + new string('[', 200_000) })]).Problems;

        Assert.Contains(problems, p => p.Code == PackProblemCode.Syntax);
    }

    [Fact]
    public void Read_PackThatExtends_OverridesWeightsAndKeepsTheRest()
    {
        var shipped = PackReader.Read(Shipped).Pack!.Layers.Single();
        var own = new PackLayer("own", new Dictionary<string, string>
        {
            ["pack.yaml"] = "id: own\nversion: 2.0.0\nelements:\n  - { id: T4, weight: 3 }\n",
            ["en/elements/own.yaml"] = "T4: { short: Cyber }\n",
        });

        var reading = PackReader.Read([shipped, own]);

        Assert.Empty(reading.Problems);
        Assert.Equal(("own", 3d, 21), (reading.Pack!.Id, reading.Pack.Element("T4")!.Weight, reading.Pack.Elements.Count));
        Assert.Equal("Cyber", reading.Pack.Words("en")["elements.T4.short"]);
        Assert.NotEqual(PackReader.Read([shipped]).Pack!.Hash, reading.Pack.Hash);
    }
}
