using Michi.Platform.Packs;
using Michi.Platform.Places;
using Michi.Roadmap.Plans;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;

namespace Michi.Roadmap.Money;

/// <summary>What the adopted plan of a place asks for, in United States dollars at the rate its vision states.</summary>
/// <param name="ByDomain">Domain → set-up and operation over the plan; empty id for what lifts no element.</param>
/// <param name="BySource">Kind of funding source → paid over the plan.</param>
/// <param name="AtHigh">Missing if everything cost the high end of its range.</param>
/// <param name="Codes">Initiatives of the plan with their set-up cost.</param>
internal sealed record CityInvestment(
    string From, string To, double Setup, double OperationAfter, double RevenueAfter, IReadOnlyDictionary<string, double> ByDomain, IReadOnlyDictionary<string, double> BySource, double AtHigh,
    IReadOnlyDictionary<string, double> Codes, bool IsDemonstration);

/// <summary>Reads the investments of many places. A plan never changes once it has come out, so each is read once.</summary>
internal sealed class CityInvestments(RoadmapDb db, PackStore packs, InvestmentCache cache)
{
    /// <summary>Place → what its adopted plan asks for; places without one are missing.</summary>
    public async Task<IReadOnlyDictionary<Guid, CityInvestment>> OfAsync(IReadOnlyList<PlaceItem> places, CancellationToken cancel)
    {
        var ids = places.Select(p => p.Id).ToList();
        var adopted = (await db.Plans.AsNoTracking().Where(p => ids.Contains(p.PlaceId) && p.AdoptedAt != null).Select(p => new { p.Id, p.PlaceId, p.AdoptedAt }).ToListAsync(cancel))
            .GroupBy(p => p.PlaceId).ToDictionary(g => g.Key, g => g.MaxBy(p => p.AdoptedAt)!.Id);
        var rates = (await db.Visions.AsNoTracking().Where(v => ids.Contains(v.PlaceId)).ToListAsync(cancel)).ToDictionary(v => v.PlaceId, v => v.Facts.PerDollar);
        var found = new Dictionary<Guid, CityInvestment>();
        foreach (var (place, plan) in adopted)
        {
            var rate = rates.GetValueOrDefault(place, 1);
            if (!cache.Plans.TryGetValue((plan, rate), out CityInvestment? investment))
            {
                var whole = await db.Plans.AsNoTracking().SingleAsync(p => p.Id == plan, cancel);
                var reading = PlanReading.Of(whole.Input, whole.Outcome!.Starts, await packs.GetAsync(whole.Input.PackHash, cancel));
                investment = cache.Plans.Set((plan, rate), Of(reading, rate), new MemoryCacheEntryOptions { Size = 1 });
            }
            found[place] = investment!;
        }
        return found;
    }

    private static CityInvestment Of(PlanReading plan, double rate)
    {
        var domains = new Dictionary<string, double>();
        foreach (var initiative in plan.Schedule)
        {
            var paid = plan.Input.Scenario.Sources.Sum(s => plan.MoneyOf(initiative, s.Id).Sum(y => y.Setup + y.Operation)) / rate;
            foreach (var (domain, share) in plan.DomainsOf(initiative.Facts) is { Count: > 0 } shares ? shares : new Dictionary<string, double> { [""] = 1 })
                domains[domain] = domains.GetValueOrDefault(domain) + paid * share;
        }
        return new(plan.Years[0].Label, plan.Years[^1].Label, plan.Setup / rate, plan.OperationAfter / rate, plan.Schedule.Sum(s => s.Facts.Revenue.Planned) / rate, domains,
            plan.Input.Scenario.Sources.GroupBy(s => s.Kind).ToDictionary(g => g.Key, g => g.Sum(s => plan.Spending[s.Id].Sum(y => y.Spent)) / rate),
            CashFlow.Of(plan).AtHigh.Sum() / rate, plan.Schedule.ToDictionary(s => s.Code, s => s.Facts.Cost.Planned / rate), plan.Input.IsDemonstration);
    }
}

/// <summary>Keeps what plans ask for, 5,000 at most.</summary>
internal sealed class InvestmentCache : IDisposable
{
    public MemoryCache Plans { get; } = new(new MemoryCacheOptions { SizeLimit = 5000 });

    public void Dispose() => Plans.Dispose();
}
