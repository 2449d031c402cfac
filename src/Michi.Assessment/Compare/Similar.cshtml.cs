using Michi.Analytics.Profiles;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Compare;

/// <summary>Places whose profile resembles this one's, nearest first, among those the reader may see.</summary>
[Allow(Right.ViewPlace)]
internal sealed class SimilarPage(ProfileTable profiles, PackStore packs) : PlacePage
{
    private const int Most = 20;

    public override string Step => "direct";

    public IReadOnlyList<(PlaceItem Place, double Distance, ProfileRow Row)> Found { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var places = (await Reader.PlacesAsync(Right.ViewPlace, cancel)).Where(p => p.Kind == Place.Kind).ToDictionary(p => p.Id);
        var levels = await profiles.LevelsAsync(places.Keys, cancel);
        var size = packs.Current.Elements.Count * ContentPack.Levels;
        if (!levels.TryGetValue(Place.Id, out var own) || own.Length != size) return;
        var here = DiagnosisChoices.LevelsOf(own);
        var nearest = levels.Where(l => l.Key != Place.Id && l.Value.Length == size)
            .Select(l => (l.Key, Distance: ProfileDistance.Wasserstein(here, DiagnosisChoices.LevelsOf(l.Value)))).OrderBy(l => l.Distance).Take(Most).ToList();
        var rows = await profiles.OfAsync([.. nearest.Select(n => n.Key)], cancel);
        Found = [.. nearest.Where(n => rows.ContainsKey(n.Key)).Select(n => (places[n.Key], n.Distance, rows[n.Key]))];
    }

    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        return TableDownload.Answer(format, $"{Place.Slug}-similar", PageTable.Of(T["similar.title"], PageTable.Headers(T, "code", "place", "distance", "stage", "rated", "facts"), Found.Select(f => (IReadOnlyList<TableCell>)
            [f.Place.Slug, f.Place.NameIn(Lang), f.Distance, Pack.Name("stages", f.Row.Stage), f.Row.RatedElements, f.Row.EvidenceCount])));
    }
}
