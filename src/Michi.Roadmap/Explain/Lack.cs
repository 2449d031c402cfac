using Michi.Analytics.Planning;
using Michi.Roadmap.Plans;

namespace Michi.Roadmap.Explain;

/// <summary>Something that a change of a plan would take.</summary>
/// <param name="Kind">
/// <c>budget</c> (money of a source in a budget year; of one that carries over, until its end), <c>total</c> (money of a source over all years),
/// <c>people</c> (full-time equivalents of a pool), <c>waits</c> (one of some initiatives to be done before), <c>excluded</c> (some to be left out), <c>parted</c> (some that
/// go with it), <c>minimum</c> (more initiatives of a kind), <c>must</c> (an initiative that is required) or <c>window</c> (another time than is decided).
/// </param>
/// <param name="Ids">The source, the pool, the codes of the initiatives, or the index of the minimum.</param>
/// <param name="From">First budget year or quarter of the plan; null where none is meant.</param>
/// <param name="To">Last quarter; null for everything but people.</param>
/// <param name="Amount">In the plan's currency, full-time equivalents, or initiatives; 0 where none is meant.</param>
internal sealed record Lack(string Kind, List<string> Ids, int? From = null, int? To = null, double Amount = 0)
{
    /// <summary>What does not hold, in terms of the city: quarters of a pool together with the most that is missing in one, years that carry over with the most missing in all.</summary>
    public static List<Lack> Of(PlanModel model, IEnumerable<PlanViolation> violations)
    {
        var lacks = new List<Lack>();
        foreach (var group in violations.GroupBy(v => v is PlanViolation.Overused over && (model.Resources[over.Resource].Kind == "people" || model.Problem.Resources[over.Resource].CarriesOver) ? (object)over.Resource : v))
        {
            if (group.First() is not PlanViolation.Overused first)
            {
                lacks.AddRange(group.Select(v => Of(model, v)).OfType<Lack>());
                continue;
            }
            var (stands, short_) = (model.Resources[first.Resource], group.Cast<PlanViolation.Overused>().ToList());
            lacks.Add(new(stands.Kind, [stands.Id], stands.Kind == "total" ? null : first.Bucket, stands.Kind == "people" ? short_[^1].Bucket : null, short_.Max(v => v.Use - v.Capacity)));
        }
        return lacks;
    }

    private static Lack? Of(PlanModel model, PlanViolation violation) => violation switch
    {
        PlanViolation.TooEarly(var precedence, _, var earliest) => new("waits", Codes(model, model.Problem.Precedences[precedence].AnyOf), earliest),
        PlanViolation.Excluded(_, var chosen) => new("excluded", Codes(model, chosen)),
        PlanViolation.Parted(_, var missing) => new("parted", Codes(model, missing)),
        PlanViolation.NotCovered(var cover, var reached, var minimum) => new("minimum", [cover.ToString(System.Globalization.CultureInfo.InvariantCulture)], Amount: minimum - reached),
        PlanViolation.NotChosen(var option) => new("must", [model.Codes[option]]),
        PlanViolation.OutsideWindow => new("window", []),
        _ => null,
    };

    private static List<string> Codes(PlanModel model, IEnumerable<int> options) => [.. options.Select(o => model.Codes[o])];
}
