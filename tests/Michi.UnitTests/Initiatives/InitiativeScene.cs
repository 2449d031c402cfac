using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Places;
using Michi.Roadmap.Initiatives;

namespace Michi.UnitTests.Initiatives;

/// <summary>The shipped approach and library, and initiatives made for tests.</summary>
internal static class InitiativeScene
{
    public static readonly ContentPack Pack = PackReader.Read(Path.Combine(ProjectFolder.Path, "content", "approach")).Pack!;
    public static readonly InitiativeLibrary Library = InitiativeReader.Read(Path.Combine(ProjectFolder.Path, "content", "initiatives"), Pack).Library!;

    public static InitiativeFacts Facts(string name, params string[] after) => new()
    {
        Names = new() { ["en"] = name },
        Sector = "waste",
        Type = "area",
        Prerequisites = [.. after.Select(a => new Michi.Roadmap.Initiatives.Prerequisite(a, 0))],
    };

    public static PlaceFact Population(string value, string? date = null, int entered = 0) => new()
    {
        Id = Guid.NewGuid(),
        PlaceId = Guid.Empty,
        Kind = "population",
        Value = value,
        Source = $"Census {date}",
        Date = date,
        CreatedAt = DateTimeOffset.UnixEpoch.AddDays(entered),
    };

    public static (InitiativeFacts Facts, IReadOnlyList<Fault> Faults) Check(InitiativeFacts facts, string code = "", params (string Code, InitiativeFacts Facts)[] others)
    {
        var check = new InputCheck();
        var none = new HashSet<string>();
        return (InitiativeCheck.Run(check, facts, code, new(Library, Pack, others.ToDictionary(o => o.Code, o => o.Facts), none, none, none), "en"), check.Faults);
    }
}
