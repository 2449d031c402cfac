using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Michi.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Michi.Platform;

/// <summary>The platform's tables: places and their facts, accounts, grants, tokens and invitations, stored packs, settings, files, audit log.</summary>
internal sealed class PlatformDb(DbContextOptions<PlatformDb> options) : ModuleDb(options, "platform")
{
    public DbSet<Place> Places => Set<Place>();
    public DbSet<PlaceFact> Facts => Set<PlaceFact>();
    public DbSet<Account> Accounts => Set<Account>();
    public DbSet<Grant> Grants => Set<Grant>();
    public DbSet<AccessToken> Tokens => Set<AccessToken>();
    public DbSet<Invitation> Invitations => Set<Invitation>();
    public DbSet<StoredPack> Packs => Set<StoredPack>();
    public DbSet<StoredFile> Files => Set<StoredFile>();
    public DbSet<Setting> Settings => Set<Setting>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Place>().HasIndex(p => p.Slug).IsUnique();
        modelBuilder.Entity<Place>().HasIndex(p => p.ParentId);
        modelBuilder.Entity<PlaceFact>().HasIndex(f => f.PlaceId);
        modelBuilder.Entity<Account>().HasIndex(a => a.Email).IsUnique();
        modelBuilder.Entity<Grant>().HasIndex(g => g.AccountId);
        modelBuilder.Entity<Grant>().HasIndex(g => g.PlaceId);
        modelBuilder.Entity<AccessToken>().HasIndex(t => t.Hash).IsUnique();
        modelBuilder.Entity<AccessToken>().HasIndex(t => t.AccountId);
        modelBuilder.Entity<Invitation>().HasIndex(i => i.Hash).IsUnique();
        modelBuilder.Entity<Invitation>().HasIndex(i => i.PlaceId);
        modelBuilder.Entity<StoredPack>().HasKey(p => p.Hash);
        modelBuilder.Entity<StoredFile>().HasKey(f => f.Sha256);
        modelBuilder.Entity<Setting>().HasKey(s => s.Key);
        base.OnModelCreating(modelBuilder);
    }
}

/// <summary>A value the installation keeps for itself, such as a signing key.</summary>
internal sealed class Setting
{
    public required string Key { get; init; }
    public required string Value { get; set; }
}
