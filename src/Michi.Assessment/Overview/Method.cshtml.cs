using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;

namespace Michi.Assessment.Overview;

/// <summary>How levels, stage and direction follow from evidence and ratings: every figure of the pack, and the sources of the formulas.</summary>
[Allow(Right.Anyone)]
internal sealed class MethodPage(PackStore packs) : MichiPage
{
    public ContentPack Current => packs.Current;

    public IEnumerable<(string Group, string Heading, IEnumerable<(string Id, double Weight)> Weights)> Weights
    {
        get
        {
            var table = Current.Evidence;
            yield return ("kinds", T["evidence.kind"], table.Kinds.Select(k => (k.Key, k.Value)));
            yield return ("qualities", T["evidence.quality"], table.Qualities.Select(k => (k.Key, k.Value)));
            yield return ("ages", T["evidence.date"], [.. table.Ages.Select(a => (a.Id, a.Weight)), ("undated", table.Undated)]);
            yield return ("origins", T["cities.name"], table.Origins.Select(k => (k.Key, k.Value)));
        }
    }
}
