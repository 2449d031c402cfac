namespace Michi.CityOs;

/// <summary>What has gone by of a time, where the clock may have been set back.</summary>
internal static class Elapsed
{
    /// <summary>Whether so little has gone by since something. What lies ahead does not count: a clock set back must silence nobody until it has caught up.</summary>
    /// <param name="since">Null where it never was.</param>
    /// <param name="time">Null for none.</param>
    public static bool IsWithin(this DateTimeOffset? since, TimeSpan? time, DateTimeOffset now) => since <= now && now - since < time;
}
