using Michi.Approach;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Michi.Platform.Tables;

namespace Michi.Assessment.Compare;

/// <summary>Places with their stage, direction, score and levels as a table to download.</summary>
internal static class CityTable
{
    public static Table Of(ContentPack pack, PackWords words, Words t, string name, IEnumerable<(PlaceItem Place, ProfileRow? Row)> places) => PageTable.Of(name,
        [
            .. PageTable.Headers(t, "code", "place", "stage"), .. pack.Stages.Select(s => t["tables.column.probability-of", words.Name("stages", s.Id)]),
            .. PageTable.Headers(t, "direction", "mean", "median", "low", "high", "rated", "facts"), .. pack.Elements.Select(e => t["tables.column.expected-of", $"{e.Id} {words.Name("elements", e.Id)}"]),
        ],
        places.Select(p => (IReadOnlyList<TableCell>)(p.Row is not { } row
            ? [p.Place.Slug, p.Place.NameIn(t.Language)]
            :
            [
                p.Place.Slug, p.Place.NameIn(t.Language), words.Name("stages", row.Stage), .. PageTable.Numbers(row.StageProbabilities), words.Name("directions", row.Direction),
                .. PageTable.Numbers(row.Whole), row.RatedElements, row.EvidenceCount, .. row.Expected.Select(e => TableCell.Number(e < 0 ? null : e)),
            ])));
}
