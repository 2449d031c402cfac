using Michi.Approach;
using Michi.Platform.Languages;
using Michi.Platform.Tables;

namespace Michi.Roadmap.Initiatives;

/// <summary>Tables of initiatives as files: headers in the page's language, numbers unrounded.</summary>
internal static class InitiativeTables
{
    public static Table Of(Words t, string name, IEnumerable<string> columns, IEnumerable<IReadOnlyList<TableCell>> rows) =>
        new(name, [.. columns.Select(c => new TableColumn(t[$"initiative.column.{c}"]))], rows) { FrozenColumns = 2 };
}

/// <summary>What copying did, in a sentence for the next page.</summary>
internal static class CopyMessage
{
    public static string Of(Words t, CopiedInitiatives copied, PackWords library)
    {
        if (copied.Copied.Count == 0) return t["library.copied-none"];
        var basis = copied.Copied[0].Facts.Basis!;
        return t.Sentences(t.Count("library.copied", copied.Copied.Count),
            basis.Inhabitants is { } people ? t["library.scaled", people, basis.Source] : t["library.not-scaled"],
            copied.WithoutLink.Count == 0 ? null : t["library.without-link", string.Join(t["list.separator"], copied.WithoutLink.Select(i => library[$"{i}.name"]))]);
    }
}
