using System.Text.Json;
using Michi.Platform.Accounts;
using Michi.Platform.Audit;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Michi.Platform.Storage;

/// <summary>Base of a module's context: tables carry the module's name, times are UTC ticks, texts in several languages are JSON.</summary>
public abstract class ModuleDb(DbContextOptions options, string module) : DbContext(options)
{
    /// <summary>The audit log. It is written in the transaction of the change it tells of, so neither is ever without the other.</summary>
    public DbSet<AuditEntry> Audit => Set<AuditEntry>();

    /// <summary>Adds a line to the audit log, saved with the change.</summary>
    public void Record(Reader reader, DateTimeOffset at, string action, Guid? placeId, string? subject = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Audit.Add(new() { At = at, AccountId = reader.AccountId, Actor = reader.Name, Action = action, PlaceId = placeId, Subject = subject });
    }

    /// <inheritdoc />
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        ArgumentNullException.ThrowIfNull(configurationBuilder);
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();
        configurationBuilder.Properties<Dictionary<string, string>>().HaveConversion<Json<Dictionary<string, string>>, JsonComparer<Dictionary<string, string>>>();
    }

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<AuditEntry>().ToTable("platform_audit").HasIndex(a => new { a.PlaceId, a.Id });
        foreach (var type in modelBuilder.Model.GetEntityTypes())
            if (!type.IsOwned() && type.ClrType != typeof(AuditEntry)) type.SetTableName($"{module}_{type.GetTableName()!.ToLowerInvariant()}");
    }

    private sealed class UtcTicks() : ValueConverter<DateTimeOffset, long>(time => time.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero));

    /// <summary>A value kept as JSON text.</summary>
    protected sealed class Json<T>() : ValueConverter<T, string>(
        value => JsonSerializer.Serialize(value, JsonSerializerOptions.Web), text => JsonSerializer.Deserialize<T>(text, JsonSerializerOptions.Web)!);

    /// <summary>Compares values kept as JSON by their JSON, so that a change inside is noticed.</summary>
    protected sealed class JsonComparer<T>() : ValueComparer<T>(
        (a, b) => JsonSerializer.Serialize(a, JsonSerializerOptions.Web) == JsonSerializer.Serialize(b, JsonSerializerOptions.Web),
        value => JsonSerializer.Serialize(value, JsonSerializerOptions.Web).GetHashCode(StringComparison.Ordinal),
        value => JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(value, JsonSerializerOptions.Web), JsonSerializerOptions.Web)!);
}
