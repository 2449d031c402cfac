using Michi.Approach;

namespace Michi.UnitTests.Approach;

public sealed class InitiativeReaderTests : IDisposable
{
    private static readonly ContentPack Pack = PackReader.Read(Path.Combine(ProjectFolder.Path, "content", "approach")).Pack!;
    private static readonly string Shipped = Path.Combine(ProjectFolder.Path, "content", "initiatives");
    private readonly string _folder = Directory.CreateTempSubdirectory("michi-library-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_ShippedLibrary_IsSoundAndComplete()
    {
        var reading = InitiativeReader.Read(Shipped, Pack);

        Assert.Empty(reading.Problems);
        var library = reading.Library!;
        Assert.True(library.Initiatives.Count >= 60);
        Assert.All(library.Sectors, s => Assert.Contains(library.Initiatives, i => i.Sector == s));
        foreach (var language in library.Languages)
            Assert.All(library.Initiatives, i => Assert.NotEmpty(library.Words(language)[$"{i.Id}.purpose"]));
    }

    /// <summary>Whatever the diagnosis, the library knows a next step for every element, and more than one for most.</summary>
    [Fact]
    public void Lifts_OfTheShippedLibrary_CoverEveryStepOfEveryElement()
    {
        var lifts = InitiativeReader.Read(Shipped, Pack).Library!.Initiatives.SelectMany(i => i.Lifts.Select(l => (i.Id, Lift: l))).ToList();

        foreach (var element in Pack.Elements)
        {
            Assert.True(lifts.Where(l => l.Lift.ElementId == element.Id).Select(l => l.Id).Distinct().Count() >= 3, element.Id);
            for (var level = 0; level < ContentPack.Levels - 1; level++)
                Assert.Contains(lifts, l => l.Lift.ElementId == element.Id && l.Lift.From <= level && l.Lift.To > level);
        }
    }

    [Fact]
    public void Initiatives_OfTheShippedLibrary_CanAllBeReachedFromNothing()
    {
        var initiatives = InitiativeReader.Read(Shipped, Pack).Library!.Initiatives;
        var (levels, done) = (Pack.Elements.ToDictionary(e => e.Id, _ => 0), new HashSet<string>());

        while (initiatives.FirstOrDefault(i => !done.Contains(i.Id) && i.Prerequisites.All(p => done.Contains(p.InitiativeId)) && i.Needs.All(n => levels[n.ElementId] >= n.Level)) is { } next)
        {
            done.Add(next.Id);
            foreach (var lift in initiatives.Where(i => done.Contains(i.Id)).SelectMany(i => i.Lifts).OrderBy(l => l.From))
                if (levels[lift.ElementId] >= lift.From) levels[lift.ElementId] = Math.Max(levels[lift.ElementId], lift.To);
        }

        Assert.Equal(initiatives.Count, done.Count);
    }

    [Theory]
    [InlineData("water.yaml", "element: P5, from: 1, to: 2", "element: P9, from: 1, to: 2", "water.yaml", PackProblemCode.UnknownReference)]
    [InlineData("water.yaml", "element: P5, from: 1, to: 2", "element: P5, from: 2, to: 2", "water.yaml", PackProblemCode.WrongValue)]
    [InlineData("water.yaml", "low: 250000, high: 900000", "low: 950000, high: 900000", "water.yaml", PackProblemCode.WrongValue)]
    [InlineData("water.yaml", "high: 900000, scale: per-capita, source: assumption", "high: 900000, scale: per-capita, source: somebody", "water.yaml", PackProblemCode.WrongValue)]
    [InlineData("water.yaml", "id: smart-water-meters", "id: water-loss-reduction", "water.yaml", PackProblemCode.DuplicateId)]
    [InlineData("water.yaml", "    needs:\n      - { element: O1, level: 2 }", "    prerequisites:\n      - { initiative: smart-water-meters, lag: 0 }", "water.yaml", PackProblemCode.Cycle)]
    [InlineData("ja/water.yaml", "name: 配水区画の計量による漏水対策", "name: \"\"", "ja/water.yaml", PackProblemCode.MissingText)]
    [InlineData("en/water.yaml", "water-loss-reduction:", "water-loss:", "en/water.yaml", PackProblemCode.UnusedText)]
    [InlineData("library.yaml", "currency: USD, ", "", "library.yaml", PackProblemCode.MissingKey)]
    public void Read_FaultyLibrary_NamesFileAndLine(string file, string from, string to, string where, PackProblemCode code)
    {
        foreach (var path in Directory.EnumerateFiles(Shipped, "*.yaml", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_folder, Path.GetRelativePath(Shipped, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            var text = File.ReadAllText(path);
            if (Path.GetRelativePath(Shipped, path).Replace('\\', '/') == file)
            {
                var at = text.IndexOf(from, StringComparison.Ordinal);
                Assert.True(at >= 0, from);
                text = text[..at] + to + text[(at + from.Length)..];
            }
            File.WriteAllText(copy, text);
        }

        var reading = InitiativeReader.Read(_folder, Pack);

        Assert.Null(reading.Library);
        Assert.Contains(reading.Problems, p => p.File == where && p.Code == code && p.Line > 0);
    }

    [Fact]
    public void Read_EmptyFolder_NamesTheMissingFile() =>
        Assert.Equal([new PackProblem("library.yaml", 0, PackProblemCode.MissingFile, "library.yaml").ToString()], InitiativeReader.Read(_folder, Pack).Problems.Select(p => p.ToString()));
}
