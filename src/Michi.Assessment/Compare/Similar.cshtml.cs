using Michi.Analytics.Profiles;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Michi.Platform.Places;

namespace Michi.Assessment.Compare;

/// <summary>Places whose profile resembles this one's, nearest first, among those the reader may see.</summary>
[Allow(Right.ViewPlace)]
internal sealed class SimilarPage(PlaceDirectory directory, ProfileTable profiles, PackStore packs) : PlacePage
{
    private const int Most = 20;

    public override string Step => "direct";

    public IReadOnlyList<(Place Place, double Distance, ProfileRow Row)> Found { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var places = new Dictionary<Guid, Place>();
        foreach (var place in await directory.AllAsync(cancel))
            if (place.Kind == Place.Kind && await Reader.CanAsync(Right.ViewPlace, place, cancel)) places[place.Id] = place;
        var levels = await profiles.LevelsAsync(places.Keys, cancel);
        var size = packs.Current.Elements.Count * ContentPack.Levels;
        if (!levels.TryGetValue(Place.Id, out var own) || own.Length != size) return;
        var here = Distributions(own);
        var nearest = levels.Where(l => l.Key != Place.Id && l.Value.Length == size)
            .Select(l => (l.Key, Distance: ProfileDistance.Wasserstein(here, Distributions(l.Value)))).OrderBy(l => l.Distance).Take(Most).ToList();
        var rows = await profiles.OfAsync([.. nearest.Select(n => n.Key)], cancel);
        Found = [.. nearest.Where(n => rows.ContainsKey(n.Key)).Select(n => (places[n.Key], n.Distance, rows[n.Key]))];
    }

    private static LevelDistributions Distributions(double[] levels)
    {
        var table = new double[levels.Length / ContentPack.Levels, ContentPack.Levels];
        Buffer.BlockCopy(levels, 0, table, 0, levels.Length * sizeof(double));
        return new(table);
    }
}
