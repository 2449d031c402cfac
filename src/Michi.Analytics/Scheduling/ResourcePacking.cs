using System.Numerics;

namespace Michi.Analytics.Scheduling;

/// <summary>Demands and capacities of several resources side by side in 64-bit words, so that one subtraction compares them all.</summary>
/// <remarks>
/// A resource takes as many bits as its largest capacity and a guard bit above, which is set in every capacity. capacity − demand leaves
/// the guard set exactly where the demand fits, and never borrows from the next resource. Five resources of up to 2,047 units fit a word.
/// </remarks>
internal sealed class ResourcePacking
{
    public ResourcePacking(IReadOnlyList<Activity> activities, IReadOnlyList<RenewableResource> resources)
    {
        var fields = new (int Word, int Shift)[resources.Count];
        var guards = new List<ulong> { 0 };
        var used = 0;
        for (var r = 0; r < fields.Length; r++)
        {
            var largest = (uint)(resources[r].FirstPeriods ?? []).Append(resources[r].Capacity).Max();
            var bits = 33 - BitOperations.LeadingZeroCount(largest);
            if (used + bits > 64)
            {
                guards.Add(0);
                used = 0;
            }
            fields[r] = (guards.Count - 1, used);
            used += bits;
            guards[^1] |= 1UL << (used - 1);
        }
        Guards = [.. guards];
        FirstPeriods = resources.Select(r => r.FirstPeriods?.Count ?? 0).Append(0).Max();
        Capacities = [.. Enumerable.Range(0, FirstPeriods + 1)
            .SelectMany(t => Pack(r => SchedulingProblem.CapacityAt(resources[r], t)).Zip(Guards, (units, guard) => units | guard))];
        Demands = [.. activities.SelectMany(a => Pack(r => a.Duration > 0 ? a.Demands[r] : 0))];

        ulong[] Pack(Func<int, int> units)
        {
            var packed = new ulong[Guards.Length];
            for (var r = 0; r < fields.Length; r++) packed[fields[r].Word] |= (ulong)units(r) << fields[r].Shift;
            return packed;
        }
    }

    /// <summary>Words in a period.</summary>
    public int Words => Guards.Length;

    /// <summary>The guard bits of each word.</summary>
    public ulong[] Guards { get; }

    /// <summary>Periods before capacities stay the same.</summary>
    public int FirstPeriods { get; }

    /// <summary>[period · Words + word], with guards; the last period stands for all that follow.</summary>
    public ulong[] Capacities { get; }

    /// <summary>[activity · Words + word].</summary>
    public ulong[] Demands { get; }
}
