using System.Globalization;
using Michi.Analytics.Scheduling;

namespace Michi.UnitTests.Scheduling;

/// <summary>Reads the instances of PSPLIB, Kolisch &amp; Sprecher (1997), EJOR 96(1):205-216, in Patterson's format.</summary>
internal static class Psplib
{
    /// <summary>
    /// Activities and resources; capacities; then for each activity its duration, its demands, the number of successors and these,
    /// counted from 1.
    /// </summary>
    public static SchedulingProblem Read(string path)
    {
        var numbers = new Queue<int>(File.ReadAllText(path).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(n => int.Parse(n, CultureInfo.InvariantCulture)));
        int activityCount = numbers.Dequeue(), resourceCount = numbers.Dequeue();
        var resources = Enumerable.Range(1, resourceCount).Select(r => new RenewableResource($"R{r}", numbers.Dequeue())).ToList();
        var (activities, precedences) = (new List<Activity>(), new List<Precedence>());
        for (var a = 0; a < activityCount; a++)
        {
            activities.Add(new($"{a + 1}", numbers.Dequeue(), [.. resources.Select(_ => numbers.Dequeue())]));
            for (var successors = numbers.Dequeue(); successors > 0; successors--) precedences.Add(new(a, numbers.Dequeue() - 1));
        }
        return new(activities, resources, precedences);
    }

    /// <summary>Best known makespans of a set, J30 or J60, by file name, in the order of the instances.</summary>
    public static IReadOnlyList<(string File, int Makespan)> BestKnown(string path, string set) =>
        [.. File.ReadLines(path).Select(line => line.Split(',')).Where(cells => cells[1] == $"PSPLIB-{set}")
            .Select(cells => (cells[2], int.Parse(cells[3], CultureInfo.InvariantCulture)))];
}
