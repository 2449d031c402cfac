using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Challenges;

/// <summary>Takes a challenge from the list as solved or withdrawn, with the reason, or brings it back. It stays visible.</summary>
internal sealed class RetireChallenge(RoadmapDb db, Reader reader, TimeProvider clock)
{
    public const int MaxReason = 1000;

    public static IReadOnlyList<string> States { get; } = ["solved", "withdrawn", "standing"];

    /// <param name="Version">The version looked at.</param>
    /// <param name="State">One of <see cref="States"/>.</param>
    /// <param name="Reason">Needed unless it stands again.</param>
    public sealed record Request(int Version, string? State, string? Reason);

    public async Task<SavedChallenge> RunAsync(Place place, string code, Request request, CancellationToken cancel)
    {
        if (await db.Challenges.FirstOrDefaultAsync(c => c.PlaceId == place.Id && c.Code == code, cancel) is not { } challenge) return new(null, [], false);
        var check = new InputCheck();
        var state = check.Choice("state", request.State, States);
        var reason = check.Text("reason", request.Reason, MaxReason, required: state != "standing");
        if (!check.IsSound) return new(challenge, check.Faults, false);
        if (challenge.Version != request.Version) return new(challenge, [], false);

        var (now, stands) = (clock.GetUtcNow(), state == "standing");
        challenge.RetiredAt = stands ? null : now;
        (challenge.RetiredAs, challenge.RetiredReason) = stands ? (null, null) : (state, reason);
        (challenge.Version, challenge.ChangedAt, challenge.ChangedBy) = (challenge.Version + 1, now, reader.Name);
        db.Record(reader, now, stands ? "challenge.restore" : $"challenge.{state}", place.Id, code);
        try
        {
            await db.SaveChangesAsync(cancel);
            return new(challenge, [], true);
        }
        catch (DbUpdateConcurrencyException)
        {
            db.ChangeTracker.Clear();
            return new(await db.Challenges.AsNoTracking().FirstOrDefaultAsync(c => c.PlaceId == place.Id && c.Code == code, cancel), [], false);
        }
    }
}
