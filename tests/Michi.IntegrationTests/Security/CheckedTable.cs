namespace Michi.IntegrationTests.Security;

/// <summary>A table that stands beside the tests and is compared with what the running program says: what is new there has to be looked at and entered by hand.</summary>
internal static class CheckedTable
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Security");

    /// <summary>The lines of a table by their key, everything before the last blank.</summary>
    public static IReadOnlyDictionary<string, string> Read(string name) => File.ReadLines(Path.Combine(Folder, name))
        .Where(l => l.Length > 0 && l[0] != '#').ToDictionary(l => l[..l.LastIndexOf(' ')], l => l[(l.LastIndexOf(' ') + 1)..], StringComparer.Ordinal);

    /// <summary>Fails with every line that is missing or different, and with those of doors that are gone. What the table knows and today's data do not show is none.</summary>
    public static void AssertKnown(string name, IReadOnlyDictionary<string, string> actual, IEnumerable<string> doors)
    {
        var known = doors.ToHashSet(StringComparer.Ordinal);
        var shown = Read(name).Where(l => !actual.ContainsKey(l.Key) && known.Contains(l.Key[..l.Key.LastIndexOf(' ')]));
        AssertSame(name, actual.Concat(shown).ToDictionary());
    }

    /// <summary>Fails with every line that is missing, superfluous or different.</summary>
    public static void AssertSame(string name, IReadOnlyDictionary<string, string> actual)
    {
        var expected = Read(name);
        var differences = actual.Where(a => !expected.TryGetValue(a.Key, out var known) || known != a.Value).Select(a => $"+ {a.Key} {a.Value}")
            .Concat(expected.Where(e => !actual.TryGetValue(e.Key, out var known) || known != e.Value).Select(e => $"- {e.Key} {e.Value}")).Order(StringComparer.Ordinal).ToList();
        Assert.True(differences.Count == 0, $"Security/{name} and the program differ (+ the program, - the table):\n{string.Join('\n', differences)}");
    }
}
